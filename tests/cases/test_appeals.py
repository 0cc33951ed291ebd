"""Appeals: who may contest and review, that both must agree, and what is left out of the counted lateness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from cases.errors import NoSuchCase
from cases.judging import appeals, counting, publishing
from cases.judging.periods import Period
from cases.judging.ranking import ranking, scheme_named
from cases.judging.rates import rates
from cases.judging.units import Of
from cases.models import Appeal, Case, CaseFacts
from cells.models import Grid, Role, Rule
from tests.cases.judging_desk import Week, at, live
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import a_client, a_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(city_language: None) -> Iterator[None]:
    """Refusals are read in English here."""
    with translation.override("en"):
        yield


WEEK = Week(accepted=9, filed=9, dispatched=9, should_close=9, closed=8, closed_on_time=5, rework=1, extended=0)
NOW = at("2019-05-10")
MONTH = Period.of_days(dt.date(2019, 4, 1), dt.date(2019, 4, 30), at=NOW)


@pytest.fixture
def city(settings: Any, tmp_path: Any) -> City:
    settings.PHOTOS = tmp_path
    Rule.objects.filter(pk="appeal_days").update(value=60)
    city = a_city(cells="8x2", community="4x2", at=at("2019-01-01"))
    live(WEEK, city.community(0, 0), monday="2019-04-08", prefix="A")
    live(WEEK, city.community(4, 0), monday="2019-04-08", prefix="B")
    counting.fresh()
    return city


@pytest.fixture
def unit(city: City) -> Any:
    return a_person(Role.COMMUNITY, territory=city.community(0, 0))


def a_late_one() -> Case:
    return Case.objects.get(number="A000006")  # closed, but its work was done on the sixth day


def contested(unit: Any, case: Case | None = None, **given: Any) -> Appeal:
    usual = {"against": "late", "words": "停电", "by": unit, "at": NOW}
    return appeals.contest((case or a_late_one()).number, **usual | given)


def figures(city: City) -> tuple[Any, Any]:
    found = rates(Of.COMMUNITY, MONTH)
    row = next(row for row in found.rows if row.unit.id == city.community(0, 0).pk)
    return row.facts["closed_on_time"], row.facts["rework"]


def test_what_both_reviewers_accept_is_left_out_and_the_history_stays(city: City, unit: Any) -> None:
    before = list(a_late_one().history.values_list("act", "at"))
    assert figures(city) == (5, 1)
    appeal = contested(unit)
    first, second = a_person(Role.LEADER), a_person(Role.SHIFT_HEAD)
    appeals.review(appeal.pk, agrees=True, words="属实", by=first, at=NOW)
    assert figures(city) == (5, 1)
    with pytest.raises(appeals.CannotAppeal, match="already"):
        appeals.review(appeal.pk, agrees=True, words="属实", by=first, at=NOW)
    done = appeals.review(appeal.pk, agrees=True, words="属实", by=second, at=NOW)
    assert (done.state, done.ended_at) == ("accepted", NOW)
    assert figures(city) == (6, 1)
    counting.fresh(whole=True)  # read anew, it is still left out
    assert figures(city) == (6, 1)
    assert list(a_late_one().history.values_list("act", "at")) == before
    facts = CaseFacts.objects.get(case=a_late_one())
    assert facts.due_at is not None
    assert facts.handled_at is not None
    assert facts.handled_at > facts.due_at  # the fact itself is there to be seen
    with pytest.raises(appeals.CannotAppeal, match="decided"):
        appeals.review(appeal.pk, agrees=False, words="x", by=a_person(Role.ADMINISTRATOR), at=NOW)


def test_one_who_does_not_agree_ends_it(city: City, unit: Any) -> None:
    appeal = contested(unit)
    assert appeals.review(appeal.pk, agrees=False, words="无据", by=a_person(Role.LEADER), at=NOW).state == "stands"
    assert figures(city) == (5, 1)


def test_a_sending_back_that_was_wrong_is_not_counted(city: City, unit: Any) -> None:
    appeal = contested(unit, Case.objects.get(number="A000000"), against="rework")
    for role in (Role.LEADER, Role.SHIFT_HEAD):
        appeals.review(appeal.pk, agrees=True, words="属实", by=a_person(role), at=NOW)
    assert figures(city) == (5, 0)


def test_who_may_not_contest_is_told_why(city: City, unit: Any) -> None:
    other = a_person(Role.COMMUNITY, territory=city.community(4, 0))
    with pytest.raises(NoSuchCase):
        contested(other)
    for words, given in (
        ("Only the unit", {"by": a_person(Role.DISPATCHER)}),
        ("not late", {"case": Case.objects.get(number="A000001")}),
        ("not sent back", {"against": "rework"}),
        ("within 60 days", {"at": NOW + dt.timedelta(days=90)}),
        ("at most 1000", {"words": "  "}),
        ("what is contested", {"against": "all"}),
    ):
        with pytest.raises(appeals.CannotAppeal, match=words):
            contested(unit, **given)
    contested(unit)
    with pytest.raises(appeals.CannotAppeal, match="before"):
        contested(unit)


def test_reviewers_are_of_other_units(city: City, unit: Any) -> None:
    appeal = contested(unit)
    own = a_person(Role.LEADER, territory=city.community(0, 0))
    other = a_person(Role.LEADER, territory=city.community(4, 0))
    above = a_person(Role.LEADER, territory=Grid.objects.get(level="district"))
    for user in (own, above, unit, a_person(Role.DISPATCHER)):
        with pytest.raises(appeals.CannotAppeal):
            appeals.review(appeal.pk, agrees=True, words="x", by=user, at=NOW)
    assert appeals.review(appeal.pk, agrees=True, words="x", by=other, at=NOW).state == "open"


def test_a_published_month_stays_and_shows_the_difference(city: City, unit: Any) -> None:
    scheme = scheme_named("communities", month="2019-04")
    leader = a_person(Role.LEADER)
    frozen = publishing.publish(ranking("2019-04", scheme), by=leader, at=NOW)
    lines = frozen.lines
    appeal = contested(unit)
    for user in (leader, a_person(Role.SHIFT_HEAD)):
        appeals.review(appeal.pk, agrees=True, words="属实", by=user, at=NOW)
    frozen.refresh_from_db()
    assert frozen.lines == lines
    [(name, was, now)] = publishing.differences(frozen, ranking("2019-04", scheme).lines)
    assert now > was
    assert name


def test_the_pages_take_an_appeal_and_its_reviews(city: City, unit: Any) -> None:
    Rule.objects.filter(pk="appeal_days").update(value=100_000)
    client, leader = a_client(unit), a_client(a_person(Role.LEADER))
    number = a_late_one().number
    assert number in client.get("/appeals/new/", {"case": number}).content.decode()
    client.post("/appeals/new/", {"case": "none", "against": "late", "words": "w"})
    client.post("/appeals/new/", {"case": number, "against": "late", "words": "w", "photo": a_file(b"no photo")})
    assert not Appeal.objects.exists()
    client.post("/appeals/new/", {"case": number, "against": "late", "words": "停电", "photo": a_file()})
    appeal = Appeal.objects.get()
    assert leader.get(f"/appeals/{appeal.pk}.jpg")["Content-Type"] == "image/jpeg"
    stranger = a_client(a_person(Role.COMMUNITY, territory=city.community(4, 0)))
    assert number not in stranger.get("/appeals/").content.decode()
    assert stranger.get(f"/appeals/{appeal.pk}.jpg").status_code == 404
    assert 'value="agree"' in leader.get("/appeals/").content.decode()
    assert 'value="agree"' not in client.get("/appeals/").content.decode()
    leader.post("/appeals/", {"appeal": "x", "how": "agree", "words": "w"})
    leader.post("/appeals/", {"appeal": appeal.pk, "how": "agree", "words": ""})
    assert appeal.reviews.count() == 0
    leader.post("/appeals/", {"appeal": appeal.pk, "how": "agree", "words": "属实"})
    assert appeal.reviews.get().agrees


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def test_a_paper_stands_for_an_appeal_and_goes_out_as_a_file_only(city: City, unit: Any) -> None:
    Rule.objects.filter(pk="appeal_days").update(value=100_000)
    client, number = a_client(unit), a_late_one().number
    asked = {"case": number, "against": "late", "words": "停电"}

    def sent(data: bytes, name: str = "停电通知.pdf") -> None:
        client.post("/appeals/new/", asked | {"paper": SimpleUploadedFile(name, data, "application/pdf")})

    Rule.objects.filter(pk="appeal_paper_most_mb").update(value=0.001)
    for bad in (b"<html>", PDF[:-6], b"x" + PDF, PDF + b"x" * 3000, PDF[:9] + b"x" * 1000 + PDF[9:]):
        sent(bad)
    assert not Appeal.objects.exists(), "no PDF, cut off, or too large"
    sent(PDF, name="../../停电\n通知.PDF")
    appeal = Appeal.objects.get()
    assert appeal.paper.name == "停电通知.pdf"
    answer = client.get(f"/appeals/{appeal.pk}.pdf")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "停电通知.pdf" in client.get("/appeals/").content.decode()
    stranger = a_client(a_person(Role.COMMUNITY, territory=city.community(4, 0)))
    assert stranger.get(f"/appeals/{appeal.pk}.pdf").status_code == 404
    assert client.get("/appeals/999.pdf").status_code == 404
