"""Web-hooks by subscription: each line once, signed, in the territory, tried again, given up where it is seen."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases import hooks
from cases.dispatch import dispatch
from cases.models import HookSubscription, Outgoing
from cases.outbox import Sent, send_due
from cells.models import Grid, Role
from spatial import crs as reference
from tests.cases.hook_desk import a_receiver, a_rule
from tests.cases.makers import NOON, a_case, a_user
from tests.makers import City, a_city
from tests.maps.officer_desk import a_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _may_reach_this_machine(settings: Any) -> None:
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def city() -> City:
    """Two communities side by side, each of 2 × 2 cells."""
    return a_city(cells="4x2", community="2x2", at=NOON - dt.timedelta(days=1))


def a_subscription(url: str, *, events: tuple[str, ...] = (), territory: Grid | None = None) -> str:
    _, secret = hooks.subscribe("bi", url, events=events, territory=territory, at=NOON)
    return secret


def case_at(city: City, column: int) -> Any:
    lon, lat = city.metres(column, 0)
    case = a_case(lon=lon, lat=lat, crs=reference.CITY, words="王女士家门口", caller_name="欧阳修文")
    return dispatch(case, by=None, at=NOON)


def test_each_line_is_told_once_signed_and_without_people(city: City) -> None:
    case_at(city, 0)  # before it subscribed
    with a_receiver() as receiver:
        secret = a_subscription(receiver.url)
        case = case_at(city, 0)
        assert hooks.tell_due(at=NOON) == 3
        assert hooks.tell_due(at=NOON) == 0
        assert send_due(at=NOON) == Sent(sent=3)
        assert send_due(at=NOON + dt.timedelta(hours=1)) == Sent()
    told = [json.loads(body) for _, body in receiver.came]
    assert [t["event"] for t in told] == ["report", "file", "dispatch"]
    assert {t["case"]["number"] for t in told} == {case.number}
    assert told[0]["case"]["lon"] == pytest.approx(city.lonlat(0, 0)[0], abs=1e-7)
    for headers, body in receiver.came:
        assert not [w for w in ("王女士", "欧阳修文") if w in body.decode()]
        signed = hmac.new(secret.encode(), headers["x-wanmi-time"].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert headers["x-wanmi-signature"] == f"sha256={signed}"
        assert headers["idempotency-key"].endswith(f"/{json.loads(body)['id']}")


def test_only_the_acts_and_the_territory_that_were_asked_for(city: City) -> None:
    a_subscription("https://a/", events=("dispatch",), territory=city.community(0, 0))
    mine, _foreign = case_at(city, 0), case_at(city, 2)
    hooks.tell_due(at=NOON)
    assert [(m.case_id, json.loads(m.body)["event"]) for m in Outgoing.objects.all()] == [(mine.pk, "dispatch")]


def test_what_was_delivered_long_ago_is_thrown_away_and_not_told_again(city: City) -> None:
    with a_receiver() as receiver:
        a_subscription(receiver.url, events=("report",))
        case_at(city, 0)
        hooks.tell_due(at=NOON)
        send_due(at=NOON)
    hooks.tell_due(at=NOON + dt.timedelta(days=29))
    assert Outgoing.objects.count() == 1
    assert hooks.tell_due(at=NOON + dt.timedelta(days=31)) == 0
    assert not Outgoing.objects.exists()


def test_many_lines_are_told_by_windows(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "LINES_AT_ONCE", 2)
    a_subscription("https://a/")
    case_at(city, 0)
    case_at(city, 1)
    assert hooks.tell_due(at=NOON) == 6
    assert hooks.tell_due(at=NOON) == 0


def test_what_was_given_up_is_seen_and_tried_again_by_an_administrator(city: City) -> None:
    a_rule("outbox_attempts_most", 1)
    page = a_client(a_user(Role.ADMINISTRATOR))
    assert a_client(a_user(Role.DISPATCHER)).get("/hooks/").status_code == 403
    assert a_client(a_user(Role.LEADER)).post("/hooks/replay/", {"all": "1"}).status_code == 403
    with a_receiver(status=500) as receiver:
        a_subscription(receiver.url, events=("report",))
        case = case_at(city, 0)
        hooks.tell_due(at=NOON)
        assert send_due(at=NOON) == Sent(dead=1)
        said = page.get("/hooks/").content.decode()
        assert case.number in said
        assert "500" in said
        receiver.status = 200
        page.post("/hooks/replay/", {"key": "none"})
        assert send_due(at=NOON) == Sent()
        page.post("/hooks/replay/", {"key": Outgoing.objects.get().key})
        later = Outgoing.objects.get().next_at
        assert send_due(at=later) == Sent(sent=1)
    assert case.number not in page.get("/hooks/").content.decode()


def test_the_command_prints_the_secret_and_keeps_it(city: City) -> None:
    def made(*args: str) -> str:
        out = io.StringIO()
        call_command("hook", *args, stdout=out, stderr=io.StringIO())
        return out.getvalue().strip()

    first = made("bi", "https://example.org/x", "--event", "close", "--territory", city.community_code(0, 0))
    kept = HookSubscription.objects.get()
    assert (kept.events, kept.territory) == (["close"], city.community(0, 0))
    assert first not in str(HookSubscription.objects.values())
    assert made("bi", "https://example.org/y") == first
    made("bi", "--off")
    assert not HookSubscription.objects.get().is_active
    for bad in (("x", "ftp://a"), ("x", "https://a", "--event", "nothing"), ("x", "https://a", "--territory", "none"),
                ("", "https://a"), ("x", f"https://a/{'a' * 300}"), ("none", "--off")):  # fmt: skip
        with pytest.raises(CommandError):
            made(*bad)
