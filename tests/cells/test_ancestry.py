"""The family tree of a cell and its versions; what two editions have different."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from cells import editions
from cells.ancestry import MERGED, MOVED, SPLIT, family
from cells.differences import BORN, REHANDED, RESHAPED, RETIRED, TooManyDifferences, between, counts
from cells.models import Cell, CellDescent, CellVersion, Edition, Grid
from spatial.postgis.convert import to_geos
from tests.cells.next_editions import next_edition
from tests.makers import City, a_city, noon

pytestmark = pytest.mark.django_db

COMMUNITY = "990101001001"
# One row of four cells, 001 to 004. In April 002 is cut: it stays, smaller, and 005 is cut from it. In May 003 and 004
# merge into 006. In June 005 and 006 merge into 007. In July 007 is cut into 008 and 009.
DAYS = ["2026-03-02", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"]


def code(serial: int) -> str:
    return f"{COMMUNITY}{serial:03d}"


@pytest.fixture
def city() -> City:
    made = a_city("4x1", at=noon(DAYS[0]))
    at = [noon(day) for day in DAYS]
    next_edition(
        made,
        at=at[1],
        label="April",
        reshaped={code(2): (1, 0, 1.5, 1)},
        born={code(5): (1.5, 0, 2, 1)},
        descents=[(code(2), code(5))],
    )
    next_edition(
        made,
        at=at[2],
        retired=[code(3), code(4)],
        born={code(6): (2, 0, 4, 1)},
        descents=[(code(3), code(6)), (code(4), code(6))],
    )
    next_edition(
        made,
        at=at[3],
        retired=[code(5), code(6)],
        born={code(7): (1.5, 0, 4, 1)},
        descents=[(code(5), code(7)), (code(6), code(7))],
    )
    next_edition(
        made,
        at=at[4],
        retired=[code(7)],
        born={code(8): (1.5, 0, 3, 1), code(9): (3, 0, 4, 1)},
        descents=[(code(7), code(8)), (code(7), code(9))],
    )
    return made


def links(found: Any) -> list[tuple[str, str, int, str, int]]:
    return [(link.parent.code[-3:], link.child.code[-3:], link.edition, link.kind, link.generation) for link in found]


def test_the_tree_climbs_to_the_first_edition(city: City) -> None:
    found = family(Cell.objects.get(code=code(9)))
    assert links(found.ancestors) == [
        ("007", "009", 5, SPLIT, 1),
        ("005", "007", 4, MERGED, 2),
        ("006", "007", 4, MERGED, 2),
        ("002", "005", 2, SPLIT, 3),
        ("003", "006", 3, MERGED, 3),
        ("004", "006", 3, MERGED, 3),
    ]
    assert found.descendants == ()
    assert not found.more
    assert set(found.members) == {code(n) for n in (9, 7, 6, 5, 4, 3, 2)}


def test_the_tree_goes_down_to_what_is_in_force(city: City) -> None:
    found = family(Cell.objects.get(code=code(2)))
    assert found.ancestors == ()
    assert links(found.descendants) == [
        ("002", "005", 2, SPLIT, 1),
        ("005", "007", 4, MERGED, 2),
        ("007", "008", 5, SPLIT, 3),
        ("007", "009", 5, SPLIT, 3),
    ]
    assert {c[-3:] for c, m in found.members.items() if m.in_force} == {"002", "008", "009"}
    assert (found.descendants[0].at, found.descendants[0].label) == (noon(DAYS[1]), "April")
    retired = found.members[code(7)]
    assert (retired.born.since, retired.last.until) == (4, 5)
    assert (retired.born.since_at, retired.last.until_at) == (noon(DAYS[3]), noon(DAYS[4]))


def test_versions_say_from_when_to_when_whose_and_how_large(city: City) -> None:
    second = family(Cell.objects.get(code=code(2))).cell
    assert [(v.since, v.until, v.area_m2) for v in second.versions] == [(1, 2, 10_000), (2, None, 5_000)]
    assert {v.community.code for v in second.versions} == {COMMUNITY}
    assert [v.grid.code if v.grid else None for v in second.versions] == [f"{COMMUNITY}-01"] * 2
    lon, lat = second.last.place
    assert (lon, lat) == pytest.approx(city.lonlat(1, 0, east=0.25), abs=1e-6)


def test_a_cell_that_nothing_happened_to_has_no_relatives(city: City, django_assert_num_queries: Any) -> None:
    cell = Cell.objects.get(code=code(1))
    with django_assert_num_queries(2):
        alone = family(cell)
    assert (alone.ancestors, alone.descendants, list(alone.members)) == ((), (), [code(1)])


def test_a_large_tree_takes_no_more_queries(city: City, django_assert_num_queries: Any) -> None:
    cell = Cell.objects.get(code=code(7))
    with django_assert_num_queries(2):
        family(cell)


def test_the_tree_is_bounded_and_says_so(city: City) -> None:
    last = Cell.objects.get(code=code(9))
    shallow = family(last, depth=2)
    assert [link.generation for link in shallow.ancestors] == [1, 2, 2]
    assert shallow.more
    few = family(last, most=3)
    assert len(few.ancestors) == 3
    assert few.more
    assert not family(last, depth=3).more


def test_ground_that_goes_back_and_forth_does_not_go_round(city: City) -> None:
    """008 goes into 002, which it once came from: neither is its own ancestor without end."""
    next_edition(
        city,
        at=noon("2026-08-01"),
        retired=[code(8)],
        reshaped={code(2): (1, 0, 3, 1)},
        descents=[(code(8), code(2))],
    )
    found = family(Cell.objects.get(code=code(2)))
    assert ("008", "002", 6, MERGED, 1) in links(found.ancestors)
    assert ("002", "005", 2, SPLIT, 4) in links(found.ancestors)
    assert max(link.generation for link in found.ancestors) == 4
    assert not found.more


def test_one_cell_that_becomes_another_is_neither_cut_nor_merged(city: City) -> None:
    next_edition(
        city, at=noon("2026-08-01"), retired=[code(1)], born={code(10): (0, 0, 1, 1)}, descents=[(code(1), code(10))]
    )
    assert links(family(Cell.objects.get(code=code(10))).ancestors) == [("001", "010", 6, MOVED, 1)]


def test_a_draft_is_no_part_of_the_tree(city: City) -> None:
    draft = editions.open_draft()
    unborn = Cell.objects.create(code=code(20))
    CellVersion.objects.filter(cell__code=code(9)).update(until=draft)
    CellDescent.objects.create(edition=draft, parent=Cell.objects.get(code=code(9)), child=unborn)
    found = family(Cell.objects.get(code=code(9)))
    assert found.descendants == ()
    assert found.cell.in_force
    with pytest.raises(Cell.DoesNotExist, match="no published edition"):
        family(unborn)


def test_the_difference_of_two_editions_is_told_cell_by_cell(city: City) -> None:
    by_number = Edition.objects.in_bulk(field_name="number")

    def kinds(earlier: int, later: int) -> dict[str, str]:
        return {c.code[-3:]: c.kind for c in between(by_number[earlier], by_number[later], most=50)}

    assert kinds(1, 2) == {"002": RESHAPED, "005": BORN}
    assert kinds(2, 3) == {"003": RETIRED, "004": RETIRED, "006": BORN}
    # What came and went between the two is no difference.
    assert kinds(1, 5) == {"002": RESHAPED, "003": RETIRED, "004": RETIRED, "008": BORN, "009": BORN}
    assert kinds(3, 3) == {}
    with pytest.raises(TooManyDifferences, match="more than 4"):
        between(by_number[1], by_number[5], most=4)


def test_shapes_and_hands_stand_beside_each_difference(city: City) -> None:
    first, second = (Edition.objects.get(number=n) for n in (1, 2))
    reshaped, born = between(first, second, most=50)
    assert reshaped.before.area == pytest.approx(10_000)
    assert reshaped.after.area == pytest.approx(5_000)
    assert (reshaped.grid_before, reshaped.grid_after) == (f"{COMMUNITY}-01", f"{COMMUNITY}-01")
    assert not reshaped.changes_hands
    assert born.before is None
    assert (born.community_before, born.community_after) == ("", COMMUNITY)
    assert not born.changes_hands


def test_a_cell_given_to_another_grid_is_told_apart_from_one_that_moved(city: City) -> None:
    other = Grid.objects.get(code=f"{COMMUNITY}-02")
    sixth = next_edition(city, at=noon("2026-08-01"), rehanded={code(1): other})
    (found,) = between(Edition.objects.get(number=5), sixth, most=50)
    assert (found.code, found.kind) == (code(1), REHANDED)
    assert (found.grid_before, found.grid_after) == (f"{COMMUNITY}-01", f"{COMMUNITY}-02")
    assert found.changes_hands
    assert counts()[6] == {BORN: 0, RETIRED: 0, RESHAPED: 0, REHANDED: 1}


def test_a_new_vertex_on_a_straight_line_is_no_difference(city: City) -> None:
    draft = editions.open_draft()
    old = CellVersion.objects.get(cell__code=code(1), until=None)
    CellVersion.objects.filter(pk=old.pk).update(until=draft)
    west, south, east, north = old.shape.extent
    middle = (west + east) / 2
    ring = [(west, south), (middle, south), (east, south), (east, north), (west, north)]
    old.pk, old.since, old.shape = None, draft, to_geos(shapely.Polygon(ring))
    old.save()
    sixth = editions.publish(at=noon("2026-08-01"))
    assert between(Edition.objects.get(number=5), sixth, most=50) == []
    assert counts()[6] == {BORN: 0, RETIRED: 0, RESHAPED: 0, REHANDED: 0}


def test_the_counts_of_all_editions_are_those_of_each_pair(city: City, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = counts()
    assert found[1] == {BORN: 4, RETIRED: 0, RESHAPED: 0, REHANDED: 0}
    for number in (2, 3, 4, 5):
        pair = [Edition.objects.get(number=n) for n in (number - 1, number)]
        kinds = [c.kind for c in between(*pair, most=50)]
        assert found[number] == {kind: kinds.count(kind) for kind in (BORN, RETIRED, RESHAPED, REHANDED)}
    assert editions.open_draft().number not in counts()
