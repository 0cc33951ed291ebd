"""The next edition by changed cells: codes, versions, grids above, the family tree, and what is refused."""

from __future__ import annotations

import pytest
import shapely

from cells import editions
from cells.coverage import check_edition
from cells.models import Cell, CellDescent, CellVersion, Component, Edition, Grid, GridVersion
from cells.succession import CannotPublish, NewGrid, NextCell, succeed, take_back
from spatial.postgis.convert import to_shapely
from tests.makers import City, a_city, a_component

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """Four communities of 3 × 2 cells of 100 m, two in each of two towns; two third-level grids in each."""
    return a_city("6x4", community="3x2")


def shape(city: City, column: int, row: int, *, west: float = 0, north: float = 0, east: float = 1, south: float = 1):
    """A part of a cell's square, by shares of its side."""
    left, top = city.metres(column, row, east=west, south=north)
    right, bottom = city.metres(column, row, east=east, south=south)
    return shapely.box(left, bottom, right, top)


def home(city: City, column: int, row: int) -> dict[str, int]:
    held = CellVersion.objects.get(cell__code=city.code(column, row), until=None)
    return {"community": held.community_id, "grid": held.grid_id}


def halved(city: City, column: int, row: int) -> list[NextCell]:
    """A cell keeps its northern half, another is born in the southern one; neighbours get the ends of the cut."""
    key = city.cell(column, row).pk
    out = [
        NextCell(key, shape(city, column, row, south=0.5), **home(city, column, row)),
        NextCell(-1, shape(city, column, row, north=0.5), **home(city, column, row), parents=(key,)),
    ]
    for beside, share in ((-1, 1.0), (1, 0.0)):
        if 0 <= column + beside < city.columns:
            corner = city.metres(column + beside, row, east=share, south=0.5)
            square = to_shapely(CellVersion.objects.get(cell=city.cell(column + beside, row), until=None).shape)
            ring = list(square.exterior.coords)
            at = next(n for n in range(4) if shapely.LineString(ring[n : n + 2]).distance(shapely.Point(corner)) == 0)
            bent = shapely.Polygon([*ring[: at + 1], corner, *ring[at + 1 :]])
            key = city.cell(column + beside, row).pk
            out.append(NextCell(key, bent, **home(city, column + beside, row), vertex_only=True))
    return out


def sound(edition: Edition) -> bool:
    found = check_edition(edition).as_dict()
    faults = ("gaps", "overlaps", "invalid", "outside_parent")
    return all(found[k] == 0 for k in faults) and all(f[k] == 0 for f in found["levels"].values() for k in faults)


def test_a_split_cell_gives_the_next_serial_to_its_child(city: City) -> None:
    CellVersion.objects.filter(cell=city.cell(1, 0)).update(land_use="R2", note="school")
    made = succeed(halved(city, 1, 0))
    born = Cell.objects.get(pk=made.born[-1])
    assert born.code == f"{city.community_code(1, 0)}007"  # six cells were there
    version = CellVersion.objects.get(cell=born)
    assert (version.since, version.land_use, version.note) == (made.edition, "R2", "school")
    assert (version.area_m2, version.perimeter_m) == (5000.0, 300.0)
    assert list(CellDescent.objects.values_list("edition", "parent__code", "child__code")) == [
        (made.edition.pk, city.code(1, 0), born.code)
    ]
    assert (made.cells_changed, made.cells_born, made.cells_retired, made.cells_vertex_only) == (1, 1, 0, 2)
    assert sound(made.edition)
    assert Edition.objects.in_force() == made.edition
    assert (made.edition.number, made.before.number) == (2, 1)


def test_the_edition_before_is_still_what_it_was(city: City) -> None:
    before = {v.cell_id: bytes(v.shape.wkb) for v in CellVersion.objects.of_edition(city.edition)}
    made = succeed(halved(city, 1, 0))
    city.edition.refresh_from_db()
    assert city.edition.valid_to == made.edition.valid_from
    assert {v.cell_id: bytes(v.shape.wkb) for v in CellVersion.objects.of_edition(city.edition)} == before
    assert Edition.objects.in_force(city.edition.valid_from) == city.edition


def test_a_serial_is_never_given_twice(city: City) -> None:
    cut = halved(city, 1, 0)
    first = succeed(cut)
    again = take_back(first.edition)
    second = succeed(cut)
    codes = [Cell.objects.get(pk=made.born[-1]).code[-3:] for made in (first, second)]
    assert codes == ["007", "008"]
    assert not CellVersion.objects.of_edition(again.edition).filter(cell=first.born[-1]).exists()


def test_used_up_serials_are_refused_with_words(city: City) -> None:
    Cell.objects.create(code=f"{city.community_code(1, 0)}999")
    with pytest.raises(CannotPublish, match=r"Serial 1000 .* does not fit 3 digits"):
        succeed(halved(city, 1, 0))
    assert Edition.objects.count() == 1


def test_a_merged_cell_remembers_whom_it_swallowed(city: City) -> None:
    a_component(city, 1, 0)
    kept, gone = city.cell(0, 0).pk, city.cell(1, 0).pk
    whole = shapely.coverage_union_all([shape(city, 0, 0), shape(city, 1, 0)])
    made = succeed([NextCell(kept, whole, **home(city, 0, 0), parents=(gone,)), NextCell(gone, None)])
    assert (made.cells_changed, made.cells_retired, made.components_moved) == (1, 1, 1)
    assert Component.objects.get().cell_id == kept
    assert CellDescent.objects.get().parent_id == gone
    assert CellVersion.objects.get(cell=gone).until == made.edition
    assert sound(made.edition)


def test_a_cell_that_goes_to_another_community_gets_a_code_of_it(city: City) -> None:
    """(2, 0) is the last cell of the first community; to its east lies the second one, of serials 001 to 006."""
    old, target = city.cell(2, 0), home(city, 3, 0)
    a_component(city, 2, 0)
    made = succeed([NextCell(old.pk, shape(city, 2, 0), **target)])
    (version,) = CellVersion.objects.filter(since=made.edition)
    assert version.cell.code == f"{city.community_code(3, 0)}007"
    assert (version.community_id, version.grid_id) == (target["community"], target["grid"])
    assert not CellVersion.objects.of_edition(made.edition).filter(cell=old).exists()
    assert CellDescent.objects.get().parent == old
    assert Component.objects.get().cell == version.cell
    assert sound(made.edition)
    area = dict(GridVersion.objects.filter(until=None, grid__level="community").values_list("grid__code", "area_m2"))
    assert area[city.community_code(0, 0)] == 50_000.0  # of 60,000
    assert area[city.community_code(3, 0)] == 70_000.0


def test_only_grids_whose_outline_changes_get_a_version(city: City) -> None:
    """The cut of (1, 0) ends on the border of two third-level grids, which get its corner; nothing above does."""
    made = succeed(halved(city, 1, 0))
    versions = GridVersion.objects.filter(since=made.edition)
    assert {v.grid_id for v in versions} == {home(city, 1, 0)["grid"], home(city, 2, 0)["grid"]}
    assert made.grids_changed == 2


def test_a_new_third_level_grid_gets_the_next_code_and_a_name(city: City) -> None:
    community = city.community(0, 0)
    keys = [city.cell(0, 0).pk, city.cell(0, 1).pk]
    cells = [NextCell(k, shape(city, 0, row), community.pk, -1) for row, k in enumerate(keys)]
    made = succeed(cells, [NewGrid(-1, community.pk), NewGrid(-2, community.pk, name_en="nobody's")])
    grid = Grid.objects.get(pk=made.new_grids[-1])
    version = GridVersion.objects.get(grid=grid)
    assert grid.code == f"{community.code}-03"
    assert (version.parent, version.area_m2, version.name_zh) == (community, 20_000.0, "社区1 03")
    assert list(made.new_grids) == [-1]  # a grid without cells is not born
    assert (made.grids_born, made.grids_changed, made.cells_changed) == (1, 1, 2)
    assert sound(made.edition)


def test_a_third_level_grid_without_cells_ends(city: City) -> None:
    """The western grid has columns 0 and 1, the eastern one column 2: two cells."""
    target = home(city, 0, 0)
    east = home(city, 2, 0)["grid"]
    made = succeed([NextCell(city.cell(2, row).pk, shape(city, 2, row), **target) for row in (0, 1)])
    assert GridVersion.objects.get(grid=east).until == made.edition
    assert (made.grids_retired, made.grids_changed) == (1, 1)
    back = take_back(made.edition)
    assert GridVersion.objects.of_edition(back.edition).filter(grid=east).exists()
    assert (back.grids_born, back.grids_changed) == (1, 1)


def test_a_community_is_not_left_without_cells(city: City) -> None:
    cells = [
        NextCell(city.cell(column, row).pk, shape(city, column, row), **home(city, 3, 0))
        for column in range(3)
        for row in range(2)
    ]
    with pytest.raises(CannotPublish, match=city.community_code(0, 0)):
        succeed(cells)


@pytest.mark.parametrize("fault", ["gap", "overlap", "bow tie"])
def test_what_does_not_tile_is_refused_with_its_place(city: City, fault: str) -> None:
    square = shape(city, 1, 1)
    corners = list(square.exterior.coords)[:4]
    broken = {
        "gap": shape(city, 1, 1, east=0.99),
        "overlap": shape(city, 1, 1, east=1.001),
        "bow tie": shapely.Polygon([corners[n] for n in (0, 2, 1, 3)]),
    }[fault]
    with pytest.raises(CannotPublish, match="do not tile"):
        succeed([NextCell(city.cell(1, 1).pk, broken, **home(city, 1, 1))])
    assert Edition.objects.count() == 1
    assert not CellVersion.objects.exclude(until=None).exists()


def test_a_draft_under_way_comes_first(city: City) -> None:
    editions.open_draft()
    with pytest.raises(CannotPublish, match="publish or discard the draft"):
        succeed(halved(city, 1, 0))
    editions.discard_draft()
    assert succeed(halved(city, 1, 0)).edition.number == 2


def test_an_edition_begins_after_the_one_before_and_not_later_than_now(city: City) -> None:
    cut = halved(city, 1, 0)
    with pytest.raises(CannotPublish, match="must begin later"):
        succeed(cut, at=city.edition.valid_from)
    with pytest.raises(CannotPublish, match="is to come"):
        succeed(cut, at=city.edition.valid_from.replace(year=2099))


def test_a_component_on_a_shared_border_goes_to_the_smallest_code_also_of_an_unchanged_cell(city: City) -> None:
    """On the border of (1, 0) and (1, 1), of codes 002 and 005: only the southern one is redrawn."""
    lower, upper = city.cell(1, 1), city.cell(1, 0)
    placed = a_component(city, 1, 1)
    Component.objects.filter(pk=placed.pk).update(place=city.point(1, 1, south=0), cell=lower)
    succeed([NextCell(lower.pk, shape(city, 1, 1), lower.versions.get().community_id, home(city, 2, 1)["grid"])])
    placed.refresh_from_db()
    assert placed.cell == upper


def test_taking_back_brings_every_byte_back(city: City) -> None:
    def content(edition: Edition) -> list[tuple[object, ...]]:
        cells = CellVersion.objects.of_edition(edition).order_by("cell__code")
        grids = GridVersion.objects.of_edition(edition).order_by("grid__code")
        return [(v.cell.code, v.community_id, v.grid_id, v.land_use, bytes(v.shape.wkb), v.area_m2) for v in cells] + [
            (v.grid.code, v.parent_id, v.name_zh, v.source_label, bytes(v.shape.wkb), v.area_m2) for v in grids
        ]

    first = content(city.edition)
    moved = [*halved(city, 1, 0), NextCell(city.cell(2, 3).pk, shape(city, 2, 3), **home(city, 3, 3))]
    made = succeed(moved)
    second = content(made.edition)
    back = take_back(made.edition)
    assert content(back.edition) == first != second
    assert back.edition.takes_back == made.edition
    again = take_back(back.edition)
    assert content(again.edition) == second
    assert (back.cells_born, back.cells_retired) == (1, 2)
    assert (again.cells_born, again.cells_retired) == (2, 1)
    assert sound(back.edition)
    assert sound(again.edition)


def test_what_was_in_force_stays_on_record(city: City) -> None:
    made = succeed(halved(city, 1, 0))
    back = take_back(made.edition)
    for edition in (city.edition, made.edition, back.edition):
        edition.refresh_from_db()
        assert Edition.objects.in_force(edition.valid_from) == edition
    assert CellVersion.objects.of_edition(made.edition).count() == 25
    assert CellVersion.objects.of_edition(back.edition).count() == 24


def test_only_the_edition_in_force_is_taken_back_and_not_the_first(city: City) -> None:
    with pytest.raises(CannotPublish, match="the first"):
        take_back(city.edition)
    made = succeed(halved(city, 1, 0))
    with pytest.raises(CannotPublish, match="2 is"):
        take_back(city.edition)
    take_back(made.edition)
    with pytest.raises(CannotPublish, match="taken back by edition 3"):
        take_back(made.edition)


def test_a_division_can_be_taken_back(city: City) -> None:
    """Any edition can: here an import gave a community another name in a draft."""
    draft = editions.open_draft()
    old = GridVersion.objects.get(grid=city.community(0, 0), until=None)
    old.until = draft
    old.save()
    old.pk, old.since, old.until, old.name_zh, old._state.adding = None, draft, None, "新社区", True
    old.save()
    editions.publish()
    back = take_back(draft)
    now = GridVersion.objects.of_edition(back.edition).get(grid=city.community(0, 0))
    assert now.name_zh == "社区1"
    assert (back.grids_changed, back.cells_changed) == (1, 0)
