"""The stages and acts of a case, and the grades of an emergency, in the reader's words, as the city calls them.

Cities do not agree which look is 核实 and which 核查: names that speak of them are built from the two words in the
table of labels. A label named `stage-…` or `act-…` renames one stage or act.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.models import EmergencyGrade, Label
from cases.workflow import Act, Stage

STAGE_NAMES: dict[Stage, Any] = {
    Stage.REPORTED: _("reported"),
    Stage.VERIFYING: _("waits for {verify}"),
    Stage.VERIFIED: _("{verify} done"),
    Stage.ACCEPTED: _("accepted"),
    Stage.FILED: _("filed"),
    Stage.DISPATCHED: _("dispatched"),
    Stage.HANDLING: _("being handled"),
    Stage.HELD: _("on hold"),
    Stage.HANDLED: _("handled"),
    Stage.CHECKING: _("waits for {check}"),
    Stage.CHECKED: _("{check} passed"),
    Stage.CLOSED: _("closed"),
    Stage.DECLINED: _("not accepted"),
    Stage.VOID: _("void"),
}
ACT_NAMES: dict[Act, Any] = {
    Act.REPORT: _("report"),
    Act.ASK_VERIFY: _("ask for {verify}"),
    Act.VERIFY: _("report the {verify}"),
    Act.ACCEPT: _("accept"),
    Act.DECLINE: _("do not accept"),
    Act.FILE: _("file"),
    Act.DISPATCH: _("dispatch"),
    Act.RETURN: _("return as not ours"),
    Act.ASSIGN: _("assign"),
    Act.UNASSIGN: _("take back from the person"),
    Act.ASK_HELP: _("ask for help"),
    Act.TAKE_ON: _("take on"),
    Act.FINISH_PART: _("one part is done"),
    Act.HANDLE: _("report as handled"),
    Act.FIX_ON_SPOT: _("fix on the spot"),
    Act.ASK_CHECK: _("ask for {check}"),
    Act.PASS_CHECK: _("pass the {check}"),
    Act.REWORK: _("send back for rework"),
    Act.CLOSE: _("close"),
    Act.REOPEN: _("reopen"),
    Act.EVALUATE: _("evaluate"),
    Act.ASK_EXTENSION: _("ask for an extension"),
    Act.GRANT_EXTENSION: _("grant the extension"),
    Act.REFUSE_EXTENSION: _("refuse the extension"),
    Act.ASK_HOLD: _("ask for a hold"),
    Act.GRANT_HOLD: _("grant the hold"),
    Act.REFUSE_HOLD: _("refuse the hold"),
    Act.RESUME: _("resume after the hold"),
    Act.LIFT_HOLD: _("lift the hold"),
    Act.PROPOSE_VOID: _("propose to void"),
    Act.REFUSE_VOID: _("refuse to void"),
    Act.VOID: _("confirm as void"),
    Act.ESCALATE: _("report upward as beyond duty"),
    Act.CLIMB: _("go up as the time ran out"),
    Act.COME_DOWN: _("give back to a level below"),
    Act.REFER: _("ask the level above to decide"),
    Act.DECIDE: _("decide whose it is"),
    Act.TO_OWN_UNIT: _("report to my own unit"),
    Act.CALL_COORDINATION: _("call a coordination"),
    Act.CALL_MEETING: _("call a meeting"),
    Act.WRITE_MINUTES: _("write the minutes"),
    Act.PLAN_STEP: _("add a step to the joint plan"),
    Act.FINISH_STEP: _("a step of the joint plan is done"),
    Act.WRITE_COMMITMENT: _("write a commitment"),
    Act.WITHDRAW_COMMITMENT: _("withdraw the commitment"),
    Act.SIGN_COMMITMENT: _("sign the commitment"),
    Act.MEET_COMMITMENT: _("the commitment is met"),
    Act.ASK_RELEASE: _("ask for a release"),
    Act.REFUSE_RELEASE: _("refuse the release"),
    Act.RELEASE: _("release from the commitment"),
    Act.END_COORDINATION: _("end the coordination"),
    Act.SPLIT: _("split off a part"),
    Act.LINK: _("take in a part"),
    Act.UNLINK: _("take a part out"),
    Act.JOIN_PARENT: _("become a part"),
    Act.LEAVE_PARENT: _("be a case for itself again"),
    Act.DECLARE_EMERGENCY: _("declare an emergency"),
    Act.CHANGE_GRADE: _("change the grade"),
    Act.STAND_DOWN: _("stand down"),
    Act.SEND_TEAM: _("send a team"),
    Act.TEAM_DONE: _("team reports it done"),
    Act.SETTLE_OWNER: _("settle whose it is"),
    Act.REDRAW: _("go with the redrawn grids"),
}


def labels_of_city() -> dict[str, str]:
    """What the city calls some things in its own way, in the reader's language: one query."""
    return {label.slug: str(label) for label in Label.objects.all()}


def stage_names(labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every stage's name, translated now; `labels` where they have been read already."""
    return _named("stage", STAGE_NAMES, labels)


def act_names(labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every act's name, translated now."""
    return _named("act", ACT_NAMES, labels)


def with_labels(names: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """Names with the city's two words, {verify} and {check}, in their places."""
    return _named("", names, labels)


def grades() -> list[dict[str, str]]:
    """The grades of emergencies, the gravest first, each with the level that coordinates."""
    return [
        {"slug": grade.pk, "name": str(grade), "level": str(grade.level)}
        for grade in EmergencyGrade.objects.select_related("level")
    ]


def _named(kind: str, names: Mapping[Any, Any], labels: Mapping[str, str] | None) -> dict[str, str]:
    labels = labels_of_city() if labels is None else labels
    words = {word: labels.get(word, word) for word in (Label.VERIFY, Label.CHECK)}
    return {str(slug): labels.get(f"{kind}-{slug}") or str(name).format(**words) for slug, name in names.items()}
