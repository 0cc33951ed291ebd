"""Who gets a case by the ladder is told: a message to the new owner, in the transaction that brings it to him.

From which unit it comes stands in the message, and why: the reason and the measure taken, or that the time ran out.
What an officer brings before his own community is told by the double report (`cases.double_report`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from cases.models import Case, Message
from cases.workflow import Act

_KINDS = {
    Act.ESCALATE: Message.Kind.BROUGHT_UP,
    Act.CLIMB: Message.Kind.CLIMBED,
    Act.REFER: Message.Kind.TO_DECIDE,
    Act.COME_DOWN: Message.Kind.SENT_DOWN,
    Act.DECIDE: Message.Kind.DECIDED,
}


def tell(act: Act, cases: Sequence[Case], *, before: Sequence[int | None], at: dt.datetime, body: str = "") -> int:
    """Tell the owners that `cases` have now; `before` says whose each was. One message for each pair of units.

    Two statements for any number of cases; the number of messages. A case that stays with its unit is told to nobody.
    """
    passed: dict[tuple[int, int | None], list[Case]] = defaultdict(list)
    for case, old in zip(cases, before, strict=True):
        if case.owner_id is not None and case.owner_id != old:
            passed[case.owner_id, old].append(case)
    messages = [Message(to_id=new, other_id=old, kind=_KINDS[act], body=body, made_at=at) for new, old in passed]
    Message.objects.bulk_create(messages)
    through = Message.cases.through
    through.objects.bulk_create(
        through(message=message, case_id=case.pk)
        for message, came in zip(messages, passed.values(), strict=True)
        for case in came
    )
    return len(messages)
