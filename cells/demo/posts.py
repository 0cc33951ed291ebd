"""The posts of the demo city above and beside its grid officers, with a few gaps on purpose.

Leaders of the bureau take a district each, cadres of its offices a few towns, cadres of the district the first-level
grids, heads of section the communities; the five trades share the third-level grids of a community, and one seconded
officer a community has its grids. Some grids lack a seconded officer, some posts end within weeks, one officer stands
in for another and has more grids than the rule says, one community has no head.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import numpy as np
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db.models import Count

from cells.demo.plan import stream
from cells.demo.words import pick, words
from cells.models import Edition, GridVersion, Level, Person, Post, PostHolder, Posting, PostKind, Role

PREFIXES = ("demo-seconded-", "demo-staff-", "demo-bureau-")
OFFICERS = "demo-officer-"
TOWNS_OF_CADRE = 3
LAPSES_IN_DAYS, LAPSING = 12, 0.02  # of all postings of officers
WITHOUT_SECONDED = 0.03  # of all third-level grids
TEAMS = ("team_enforcement", "team_assistant", "team_maintenance", "team_sanitation", "team_supervisor")
_OFFICES = ("规划科 Planning Office", "市容科 Street Office", "督查科 Inspection Office", "信息中心 Data Centre")


def make_posts(edition: Edition, *, seed: int, today: dt.date, since: dt.date) -> int:
    """The posts of an edition's grids and their holders from a day on; the number of people made for them."""
    get_user_model().objects.filter(username__regex=f"^({'|'.join(PREFIXES)})").delete()
    rng, city = stream(seed, "posts"), _Maker(seed=seed, since=since)
    there = GridVersion.objects.of_edition(edition).order_by("grid__code")
    by_level: dict[str, list[int]] = defaultdict(list)
    below: dict[int, list[int]] = defaultdict(list)
    for grid, level, parent in there.values_list("grid", "grid__level", "parent"):
        by_level[level].append(grid)
        if level == Level.GRID and parent is not None:
            below[parent].append(grid)
    for n, district in enumerate(by_level[Level.DISTRICT]):
        city.hold("city_leader", [district], city.someone("bureau", Role.LEADER, None))
        unit = _OFFICES[n % len(_OFFICES)]
        city.hold("office_contact", [district], city.someone("bureau", Role.STAFF, district), unit=unit)
    towns = by_level[Level.TOWN]
    for n in range(0, len(towns), TOWNS_OF_CADRE):
        unit = _OFFICES[n // TOWNS_OF_CADRE % len(_OFFICES)]
        some = towns[n : n + TOWNS_OF_CADRE]
        city.hold("office_cadre", some, city.someone("bureau", Role.STAFF, None), unit=unit)
    for town in towns:
        city.hold("first_cadre", [town], city.someone("staff", Role.STAFF, town))
    for n, community in enumerate(by_level[Level.COMMUNITY]):
        if n != 1:
            city.hold("second_cadre", [community], city.someone("staff", Role.STAFF, community))
        if n % 5 == 0:
            city.hold("village_team", [community], city.someone("staff", Role.STAFF, community))
        for kind in TEAMS:
            city.hold(kind, below[community], city.someone("staff", Role.STAFF, community))
        seconded = city.someone("seconded", Role.SECONDED, community)
        city.posted += [(seconded, grid) for grid in below[community]]
    grids = by_level[Level.GRID]
    few = max(1, round(WITHOUT_SECONDED * len(grids))) if grids else 0
    alone = {grids[n] for n in rng.permutation(len(grids))[:few].tolist()}
    city.posted = [(who, grid) for who, grid in city.posted if grid not in alone]
    made = city.write()
    _gaps_among_officers(grids, rng, today=today)
    return made


class _Maker:
    """Gathers people and what they hold, and writes all at once."""

    def __init__(self, *, seed: int, since: dt.date) -> None:
        self._rng, self._since = stream(seed, "names of posts"), since
        self.people: list[tuple[str, str, int | None]] = []
        self.posted: list[tuple[int, int]] = []
        self._held: list[tuple[str, int, int, str]] = []

    def someone(self, name: str, role: str, territory: int | None) -> int:
        """One more person; the number by which he is known here."""
        self.people.append((f"demo-{name}-{len(self.people) + 1}", role, territory))
        return len(self.people) - 1

    def hold(self, kind: str, grids: list[int], who: int, *, unit: str = "") -> None:
        self._held += [(kind, grid, who, unit) for grid in grids]

    def write(self) -> int:
        users, no_password, lists = get_user_model(), make_password(None), words()
        made = users.objects.bulk_create(
            [users(username=name, password=no_password) for name, *_ in self.people], batch_size=1000
        )
        people = []
        for user, (_name, role, territory) in zip(made, self.people, strict=True):
            family, given, end = (pick(self._rng, lists[part]) for part in ("surnames", "first", "second"))
            people.append(
                Person(
                    user=user, role_id=role, territory_id=territory, telephone=_telephone(len(people)),
                    name_zh=family[0] + given[0] + end[0], name_en=f"{family[1]} {given[1]}{end[1]}",
                )
            )  # fmt: skip
        people = Person.objects.bulk_create(people, batch_size=1000)
        kinds = set(PostKind.objects.values_list("pk", flat=True))
        held = [one for one in self._held if one[0] in kinds]  # a city may have done without one
        wanted = dict.fromkeys((kind, grid) for kind, grid, *_ in held)
        Post.objects.bulk_create(
            [Post(kind_id=kind, grid_id=grid) for kind, grid in wanted], ignore_conflicts=True, batch_size=2000
        )
        posts = {(kind, grid): pk for pk, kind, grid in Post.objects.values_list("pk", "kind", "grid")}
        PostHolder.objects.bulk_create(
            [
                PostHolder(post_id=posts[kind, grid], person=people[who], unit=unit, since=self._since)
                for kind, grid, who, unit in held
            ],
            batch_size=2000,
        )
        Posting.objects.bulk_create(
            [Posting(person=people[who], grid_id=grid, since=self._since) for who, grid in self.posted],
            batch_size=2000,
        )
        return len(people)


def _gaps_among_officers(grids: list[int], rng: np.random.Generator, *, today: dt.date) -> None:
    """Telephones for the officers; some of their postings end soon; one stands in for a colleague of his community."""
    officers = list(Person.objects.filter(user__username__startswith=OFFICERS).order_by("pk"))
    for n, officer in enumerate(officers):
        officer.telephone = _telephone(50_000 + n)
    Person.objects.bulk_update(officers, ["telephone"], batch_size=1000)
    held = Posting.objects.filter(grid__in=grids, person__user__username__startswith=OFFICERS, until=None).order_by(
        "pk"
    )
    ids = list(held.values_list("pk", flat=True))
    soon = rng.permutation(len(ids))[: max(1, round(LAPSING * len(ids))) if ids else 0]
    held.filter(pk__in=[ids[n] for n in soon.tolist()]).update(until=today + dt.timedelta(days=LAPSES_IN_DAYS))
    counted = held.values("person", "person__territory").annotate(n=Count("pk")).order_by("-n", "person")
    for busy in counted[:20]:
        there = held.filter(person__territory=busy["person__territory"]).exclude(person=busy["person"])
        other = there.order_by("-pk").first()
        if other is None:
            continue
        begins, ends = today - dt.timedelta(days=3), today + dt.timedelta(days=60)
        Posting.objects.bulk_create(
            [
                Posting(person_id=busy["person"], grid=its.grid, since=begins, until=ends, stands_in_for=other.person)
                for its in held.filter(person=other.person).select_related("grid")
            ]
        )
        return


def _telephone(n: int) -> str:
    return f"0000-{610_0000 + n:07d}"  # no city has this code
