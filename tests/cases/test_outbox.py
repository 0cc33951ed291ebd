"""The outbox: a message is there exactly if what it tells of is, goes where it may, and is sent once in our tables."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import logging
import threading
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction

from cases import outbox, webhook
from cases.errors import CaseError
from cases.models import Outgoing
from cases.outbox import Sent, send_due
from tests.cases.hook_desk import a_message, a_receiver, a_rule
from tests.cases.makers import NOON, a_case
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db

State = Outgoing.State


@pytest.fixture(autouse=True)
def _may_reach_this_machine(settings: Any) -> None:
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]


def later(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


def test_a_message_is_there_exactly_if_what_it_tells_of_happened() -> None:
    def report(*, fails: bool) -> None:
        with transaction.atomic():
            a_message(to="https://a")
            if fails:
                raise CaseError

    with pytest.raises(CaseError):
        report(fails=True)
    assert Outgoing.objects.count() == 0
    report(fails=False)
    assert Outgoing.objects.get().state == State.WAITING


def test_one_key_is_one_message_and_belongs_to_it_alone() -> None:
    a_lattice_city(8, 4)
    first = a_message(to="https://a")
    assert a_message(to="https://a", body="said otherwise") == first
    assert Outgoing.objects.get().body == first.body
    with pytest.raises(CaseError, match="belongs to another message"):
        a_message(to="https://a", case=a_case())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": " "}, "no receiver"),
        ({"body": "\n"}, "says nothing"),
        ({"key": "two words"}, "is no key"),
        ({"key": "键"}, "is no key"),
        ({"key": "k\r\nX-Other: 1"}, "control characters"),
        ({"to": "1" * 301}, "301 characters"),
        ({"subject": "a\nb"}, "control characters"),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused_at_once(given: dict[str, Any], said: str) -> None:
    with pytest.raises(CaseError, match=said):
        a_message(**{"to": "https://a", **given})
    assert Outgoing.objects.count() == 0


def test_the_receiver_gets_the_message_signed_with_its_key_and_once() -> None:
    a_lattice_city(8, 4)
    case = a_case()
    with a_receiver() as receiver:
        a_message("answer/1", to=receiver.url, subject="答复", case=case)
        assert send_due(at=NOON) == Sent(sent=1)
        assert send_due(at=later(9999)) == Sent()
        ((headers, body),) = receiver.came
    assert json.loads(body) == {
        "key": "answer/1",
        "kind": "hook",
        "to": receiver.url,
        "subject": "答复",
        "body": "已处理，谢谢您的来电。",
        "case": case.number,
        "made_at": NOON.isoformat(),
    }
    assert headers["idempotency-key"] == "answer/1"
    assert abs(int(headers["x-wanmi-time"]) - time.time()) < 60
    own = webhook.key_for(receiver.url).encode()
    signed = hmac.new(own, headers["x-wanmi-time"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["x-wanmi-signature"] == f"sha256={signed}"
    message = Outgoing.objects.get()
    assert (message.state, message.sent_at, message.attempts) == (State.SENT, NOON, 1)


def test_each_receiver_has_a_key_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert webhook.key_for("https://a/x") == webhook.key_for("https://A/y?z=1")
    assert len({webhook.key_for(url) for url in ("https://a", "https://a:8443", "http://a", "https://b")}) == 4
    call_command("outbox", key_for="https://a/x")
    assert capsys.readouterr().out.strip() == webhook.key_for("https://a")
    with pytest.raises(CommandError, match="no address"):
        call_command("outbox", key_for="a")


def test_a_failed_message_is_tried_after_waits_that_double_and_then_given_up() -> None:
    """First wait 30 s, longest 100 s, 5 attempts: at 0, 30, 90, 190 and 290 s."""
    a_rule("outbox_wait_most_s", 100)
    a_rule("outbox_attempts_most", 5)
    with a_receiver(status=503) as receiver:
        message = a_message(to=receiver.url)
        tried = []
        for second in range(0, 1000, 5):
            if send_due(at=later(second)) != Sent():
                tried.append(second)
        assert tried == [0, 30, 90, 190, 290]
        assert receiver.keys() == {"k": 5}
        message.refresh_from_db()
        assert (message.state, message.attempts, message.sent_at) == (State.DEAD, 5, None)
        assert "answers 503" in message.last_error
        receiver.status = 204
        assert outbox.try_again("another", at=later(2000)) == 0
        assert outbox.try_again(at=later(2000)) == 1
        assert send_due(at=later(2000)) == Sent(sent=1)
    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.SENT, "")


def test_no_answer_sends_a_message_elsewhere() -> None:
    with a_receiver() as private, a_receiver(status=307, location=private.url) as receiver:
        message = a_message(to=receiver.url)
        assert send_due(at=NOON) == Sent(failed=1)
        assert private.came == []
    message.refresh_from_db()
    assert "points elsewhere" in message.last_error


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1",
     "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1", "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]",
     "[2002:7f00:1::1]", "[::7f00:1]", "[fec0::1]", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_message_enters_our_own_network(host: str, scheme: str, settings: Any) -> None:
    settings.HOOK_NETWORKS = []
    with a_receiver() as receiver:
        message = a_message(to=f"{scheme}://{host}:{receiver.url.split(':')[2]}")
        assert send_due(at=NOON) == Sent(dead=1)
        assert receiver.came == []
    message.refresh_from_db()
    assert "private network" in message.last_error


@pytest.mark.parametrize("number", ["8.8.8.8", "1.1.1.1", "2400:3200::1"])
def test_public_numbers_are_reached_but_never_in_the_clear(number: str, settings: Any) -> None:
    assert webhook.may_reach(ipaddress.ip_address(number))
    host = f"[{number}]" if ":" in number else number
    with pytest.raises(webhook.NotDelivered, match="in the clear") as refused:
        webhook.deliver(f"http://{host}/", {}, key="k", timeout_s=1)
    assert refused.value.hopeless


@pytest.mark.parametrize("to", ["ftp://127.0.0.1/", "127.0.0.1", "http://", "http://u:p@127.0.0.1/", "http://[::1/",
                                "http://127.0.0.1:99999/", "file:///etc/passwd", "http://127.0.0.1/a b"])  # fmt: skip
def test_what_is_no_address_is_given_up_at_once(to: str) -> None:
    message = a_message(to=to)
    assert send_due(at=NOON) == Sent(dead=1)
    message.refresh_from_db()
    assert "no address" in message.last_error
    assert message.attempts == 1


def test_a_receiver_that_drips_is_cut_off_in_time() -> None:
    a_rule("outbox_answer_most_s", 0.5)
    with a_receiver(drip_s=0.1) as receiver:
        message = a_message(to=receiver.url)
        begun = time.monotonic()
        assert send_due(at=NOON) == Sent(failed=1)
        assert time.monotonic() - begun < 2
    message.refresh_from_db()
    assert "no answer within 0.5 s" in message.last_error


def test_a_silent_receiver_costs_one_wait_and_the_others_get_theirs() -> None:
    a_rule("outbox_answer_most_s", 0.3)
    with a_receiver(pause_s=5) as silent, a_receiver() as receiver:
        for n in range(20):
            a_message(f"silent/{n}", to=silent.url)
        a_message("last", to=receiver.url, at=later(1))
        begun = time.monotonic()
        assert send_due(at=later(2)) == Sent(sent=1, failed=1)
        assert time.monotonic() - begun < 2
    assert Outgoing.objects.filter(attempts=0).count() == 19


def test_a_gateway_takes_the_text_messages(settings: Any) -> None:
    with a_receiver() as gateway:
        settings.OUTBOX = {"sms": gateway.url}
        a_message(kind="sms", to="13800000000")
        assert send_due(at=NOON) == Sent(sent=1)
        ((_, body),) = gateway.came
    assert json.loads(body)["to"] == "13800000000"


def test_without_a_gateway_the_log_has_them_and_no_telephone(caplog: pytest.LogCaptureFixture) -> None:
    a_message(kind="sms", to="13800000042", subject="答复")
    with caplog.at_level(logging.INFO, logger="cases"):
        assert send_due(at=NOON) == Sent(sent=1)
    assert "sms k to …42: 答复 / 已处理" in caplog.text
    assert "13800000042" not in caplog.text


def test_a_message_whose_sender_never_came_back_is_taken_over_and_given_up_in_the_end() -> None:
    """Each attempt counts before it is made, so one that kills its sender does not do so for ever."""
    a_rule("outbox_attempts_most", 3)
    a_message(to="https://a")
    nothing: dict[str, set[str]] = {"to": set(), "kind": set()}
    for n in range(3):  # the sender takes it and is gone
        taken = outbox._take(later(n * 60), nothing)
        assert taken is not None
        assert (taken.state, taken.attempts) == (State.SENDING, n + 1)
        assert outbox._take(later(n * 60 + 59), nothing) is None
    assert send_due(at=later(180)) == Sent(dead=1)
    assert "ended while it was sent" in Outgoing.objects.get().last_error


def test_a_sender_who_comes_back_too_late_leaves_the_message_to_who_took_it_over() -> None:
    nothing: dict[str, set[str]] = {"to": set(), "kind": set()}
    with a_receiver() as receiver:
        a_message(to=receiver.url)
        first, second = outbox._take(NOON, nothing), outbox._take(later(60), nothing)
        assert first is not None
        assert second is not None
        assert outbox._hand_on(first, later(61), nothing) is None
        assert receiver.came == []
        assert outbox._hand_on(second, later(61), nothing) == State.SENT
        assert receiver.keys() == {"k": 1}


def test_the_administrator_sees_where_messages_stand_and_not_to_whom(admin_client: Any) -> None:
    message = a_message("answer/1", kind="sms", to="13800000042", subject="答复甲", body="李先生，您好")
    for page in ("", f"{message.pk}/change/"):
        answer = admin_client.get(f"/admin/cases/outgoing/{page}")
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "answer/1" in text
        assert not any(secret in text for secret in ("13800000042", "答复甲", "李先生"))
    assert admin_client.get("/admin/cases/outgoing/add/").status_code == 403
    assert admin_client.post(f"/admin/cases/outgoing/{message.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_tables_know_no_message_sent_at_no_time() -> None:
    message = a_message(to="https://a")
    with pytest.raises(IntegrityError, match="sent_messages_have_their_time"), transaction.atomic():
        Outgoing.objects.filter(pk=message.pk).update(state=State.SENT)


@pytest.mark.django_db(transaction=True)
def test_nobody_takes_over_a_message_whose_sender_is_slow_but_lives() -> None:
    with a_receiver(hold_after=0) as receiver:
        a_message(to=receiver.url)
        out: list[Sent] = []

        def send() -> None:
            out.append(send_due(at=NOON))
            connections.close_all()

        thread = threading.Thread(target=send)
        thread.start()
        give_up = time.monotonic() + 5
        while not receiver.held:
            assert time.monotonic() < give_up
            time.sleep(0.01)
        assert send_due(at=later(3600)) == Sent()  # long past the time of taking over
        receiver.release.set()
        thread.join()
        assert out == [Sent(sent=1)]
        assert receiver.keys() == {"k": 1}
