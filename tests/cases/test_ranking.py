"""Scores, places, versions, notices, fines and rewards."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.judging import publishing, register, trying
from cases.judging.ranking import Standing, ranking, scheme_named
from cases.judging.scoring import Part, grade, score
from cases.judging.vocabulary import Formula
from cases.models import Case, Ranking, RankingEntry, Scheme, SchemePart
from cells.models import Role
from tests.cases.judging_desk import Week, at, live
from tests.cases.makers import a_user
from tests.makers import City, a_city

GOOD = Week(accepted=10, filed=10, dispatched=10, should_close=10, closed=10, closed_on_time=9, rework=0, extended=0)
POOR = Week(accepted=10, filed=10, dispatched=10, should_close=10, closed=8, closed_on_time=5, rework=1, extended=0)
LATER = at("2019-08-01")
FORMULAS = {
    "close_rate": (Formula.read("closed"), Formula.read("should_close")),
    "rework_rate": (Formula.read("rework"), Formula.read("should_close")),
}


def share(key: str, weight: str, *, up: bool = True) -> Part:
    return Part(key=key, kind="share", weight=Decimal(weight), higher_is_better=up)


def test_points_are_exact_and_a_part_without_cases_counts_for_nobody() -> None:
    parts = [share("close_rate", "60"), share("rework_rate", "40", up=False)]
    assert score(parts, {"closed": 2, "should_close": 3, "rework": 1}, FORMULAS)[0] == Decimal("66.67")
    assert score(parts, {}, FORMULAS)[0] is None
    other = {**FORMULAS, "rework_rate": (Formula.read("rework"), Formula.read("filed"))}
    assert score(parts, {"closed": 1, "should_close": 1}, other)[0] == Decimal("100.00")


def test_thresholds_steps_and_deductions() -> None:
    full = Part(key="close_rate", kind="threshold", weight=Decimal(20), threshold=Decimal(90), each=Decimal(1))
    steps = Part(key="should_close", kind="steps", weight=Decimal(10), steps=[(50, Decimal(10)), (None, Decimal(4))])
    off = Part(key="rework", kind="deduction", weight=Decimal(1), each=Decimal("0.2"))
    counts = {"closed": 85, "should_close": 100, "rework": 3}
    assert score([full, steps, off], counts, FORMULAS)[0] == Decimal("18.40")  # 20 - 5 + 4 - 0.6
    assert score([full], counts | {"closed": 90}, FORMULAS)[0] == Decimal("20.00")
    assert score([full], counts | {"closed": 1}, FORMULAS)[0] == Decimal("0.00")
    assert score([full, off], counts | {"rework": 99}, FORMULAS)[0] == Decimal("14.00")  # no more than its weight


def test_grades_are_reached_from_their_lowest_score() -> None:
    grades = [{"from": 75, "key": "B"}, {"from": 90, "key": "A"}, {"from": 0, "key": "E"}]
    keys = [(grade(Decimal(text), grades) or {"key": None})["key"] for text in ("90", "89.99", "75.00", "74.99")]
    assert keys == ["A", "B", "B", "E"]
    assert grade(None, grades) is None


@pytest.fixture
def city() -> City:
    """Four communities, of which two do equally well, one worse, and one has no cases, in April 2019."""
    city = a_city(cells="8x4", community="4x2", at=at("2019-01-01"))
    for column, row, week, prefix in ((0, 0, GOOD, "A"), (4, 0, GOOD, "B"), (0, 2, POOR, "C")):
        live(week, city.community(column, row), monday="2019-04-08", prefix=prefix)
    return city


@pytest.mark.django_db
class TestMonth:
    def test_ties_share_a_place_and_no_cases_have_none(self, city: City) -> None:
        found = ranking("2019-04", scheme_named("communities", month="2019-04"))
        places = {line.unit.code: (line.place, line.standing) for line in found.lines}
        good, also, poor, none = (city.community_code(*at) for at in ((0, 0), (4, 0), (0, 2), (4, 2)))
        assert places[good][0] == places[also][0] == 1
        assert places[poor][0] == 3
        assert places[none] == (None, Standing.NO_CASES)
        assert (found.tied, found.has_before) == (2, False)
        # A month without any case ranks nobody, though its cells could have been walked.
        scheme = scheme_named("communities", month="2019-04")
        scheme.parts.filter(indicator="dispose_rate").update(indicator="full_walk_rate")
        empty = ranking("2019-06", scheme).lines
        assert {(line.place, line.score, line.standing) for line in empty} == {(None, None, Standing.NO_CASES)}

    def test_the_command_has_the_indicators_keys(self, city: City) -> None:
        out = io.StringIO()
        call_command("ranking", "--month", "2019-04", "--scheme", "communities", "--json", stdout=out)
        told = json.loads(out.getvalue())
        assert (told["month"], told["scheme"], told["version"], told["partial"]) == ("2019-04", "communities", 1, False)
        assert [row["rank"] for row in told["rows"]] == [1, 1, 3, None]
        assert told["rows"][2]["close_rate"] == 80.0
        assert told["rows"][3]["close_rate"] is None
        out = io.StringIO()
        asked = ["--unit", "city", "--from", "2019-04-08", "--to", "2019-04-14", "--json"]
        call_command("rates", *asked, stdout=out)
        (row,) = json.loads(out.getvalue())["rows"]
        assert (row["close_rate"], row["ontime_close_rate"], row["rework_rate"]) == (93.33, 76.67, 3.33)
        for wrong in (["--month", "2019-4"], ["--month", "2019-04", "--scheme", "none"], ["--month", "2999-01"]):
            with pytest.raises(CommandError):
                call_command("ranking", *wrong)

    def test_another_weight_moves_ranks_and_saves_nothing_until_told(self, city: City) -> None:
        scheme = scheme_named("communities", month="2019-04")
        leader = a_user(Role.LEADER)
        rework = scheme.parts.get(indicator="rework_rate")
        weights = trying.weights_given(scheme, {f"w{rework.pk}": "90.5"})
        tried = ranking("2019-04", scheme, parts=trying.parts_with(scheme, weights))
        assert tried.lines[2].score != ranking("2019-04", scheme).lines[2].score
        assert Scheme.objects.filter(slug="communities").count() == 1
        fresh = trying.save_as_new(scheme, weights, since="2019-09", by=leader)
        assert (fresh.version, fresh.parts.get(indicator="rework_rate").weight) == (2, Decimal("90.50"))
        assert scheme_named("communities", month="2019-08").version == 1
        assert scheme_named("communities", month="2019-09").version == 2
        for text in ("-1", "x", "NaN", "1e9", "0.001"):
            with pytest.raises(trying.BadWeights):
                trying.weights_given(scheme, {f"w{rework.pk}": text})
        with pytest.raises(trying.BadWeights):
            trying.save_as_new(scheme, weights, since="2019-09", by=a_user(Role.OPERATOR))

    def test_a_published_month_stays_and_a_second_person_decides(self, city: City) -> None:
        scheme = scheme_named("communities", month="2019-04")
        one, two = a_user(Role.LEADER, name="one"), a_user(Role.ADMINISTRATOR, name="two")
        found = ranking("2019-04", scheme)
        frozen = publishing.publish(found, by=one, at=LATER)
        assert publishing.differences(frozen, ranking("2019-04", scheme).lines) == []
        with pytest.raises(publishing.CannotPublish):
            publishing.publish(found, by=one, at=LATER)
        with pytest.raises(publishing.CannotPublish):
            publishing.publish(found, by=a_user(Role.DISPATCHER), at=LATER)
        (fine,) = register.due("communities")
        assert (fine.kind, fine.period, fine.unit) == ("fine", "2019-04", city.community(0, 2).pk)
        for amount in (None, Decimal("-1"), Decimal("1.001"), Decimal("NaN"), Decimal("1e12")):
            with pytest.raises(register.CannotEnter):
                register.propose(fine, amount=amount, note="", by=one, at=LATER)
        entry = register.propose(fine, amount=Decimal("5000.50"), note="", by=one, at=LATER)
        assert register.due("communities") == []
        with pytest.raises(register.CannotEnter):
            register.decide(entry.pk, approve=True, by=one, at=LATER)
        register.decide(entry.pk, approve=True, by=two, at=LATER)
        with pytest.raises(register.CannotEnter):
            register.decide(entry.pk, approve=False, by=two, at=LATER)
        assert RankingEntry.objects.get().state == "approved"
        months, lines = register.year_sheet("communities", 2019)
        assert months == ["2019-04"]
        assert [(line.place, line.fines, line.lasts) for line in lines] == [
            (1, 0, 0), (1, 0, 0), (3, Decimal("5000.50"), 1),
        ]  # fmt: skip

    def test_a_quarter_rewards_its_first_three_once_all_months_are_published(self, city: City) -> None:
        scheme = scheme_named("communities", month="2019-04")
        lines = [
            {"unit": city.community(*where).pk, "name": "", "rank": n, "score": 90 - n}
            for n, where in enumerate(((0, 0), (4, 0), (0, 2), (4, 2)), start=1)
        ]
        for month in ("2019-04", "2019-05", "2019-06"):
            assert [one for one in register.due("communities") if one.kind == "reward"] == []
            Ranking.objects.create(month=month, scheme=scheme, lines=lines, notice="", published_at=LATER)
        rewards = [one for one in register.due("communities") if one.kind == "reward"]
        assert [(one.place, one.period, one.score) for one in rewards] == [
            (1, "2019-Q2", Decimal("89.00")), (2, "2019-Q2", Decimal("88.00")), (3, "2019-Q2", Decimal("87.00")),
        ]  # fmt: skip

    def test_whether_a_unit_ranked_those_below_it_in_time(self, city: City) -> None:
        town = city.community(0, 0).versions.get().parent
        scheme = scheme_named("communities", month="2019-04")
        found = ranking("2019-04", scheme, within=town)
        assert len(found.lines) == 2
        head = a_user(Role.LEADER, territory=town)
        with pytest.raises(publishing.CannotPublish):
            publishing.publish(ranking("2019-04", scheme), by=head, at=at("2019-05-05"))
        publishing.publish(found, by=head, at=at("2019-05-05"), within=town)
        told = ranking("2019-04", scheme_named("towns", month="2019-04")).as_data()
        by_code = {row["code"]: row["below_judged_rate"] for row in told["rows"]}
        assert by_code.pop(town.code) == 100.0
        assert set(by_code.values()) == {0.0}

    def test_a_month_that_is_not_over_is_not_published(self, city: City) -> None:
        scheme = SchemePart.objects.filter(scheme__slug="communities").first().scheme
        month = f"{timezone.localdate():%Y-%m}"
        Case.objects.update(reported_at=timezone.now() - dt.timedelta(seconds=1))
        with pytest.raises(publishing.CannotPublish):
            publishing.publish(ranking(month, scheme), by=a_user(Role.LEADER), at=timezone.now())
