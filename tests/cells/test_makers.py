"""The small worlds are what they say: an exact partition whose codes, places and chains agree with routing."""

from __future__ import annotations

import pytest
import shapely

from cells import routing
from cells.models import CellVersion, GridVersion
from spatial.postgis.convert import to_shapely
from tests.makers import a_city, a_component, a_person, a_place, a_street


@pytest.mark.django_db
def test_every_cell_is_routed_to_its_own_code_and_chain() -> None:
    city = a_city(cells="6x4", community="3x2")
    for column in range(6):
        for row in range(4):
            found = routing.route(*city.lonlat(column, row))
            assert found.cell == city.code(column, row)
            assert found.area("community").code == city.community_code(column, row)
    # South-eastern cell: second town, second community, last serial of six.
    assert city.code(5, 3) == "990101002002006"


@pytest.mark.django_db
def test_areas_above_are_the_exact_union_of_their_cells() -> None:
    city = a_city(cells="4x4", community="2x2")
    cells = list(CellVersion.objects.of_edition(city.edition))
    shapes = {c.cell.code: to_shapely(c.shape) for c in cells}
    assert shapely.coverage_is_valid(list(shapes.values()))
    for version in GridVersion.objects.of_edition(city.edition).select_related("grid"):
        own = [
            shapes[c.cell.code]
            for c in cells
            if version.grid_id in (c.grid_id, c.community_id)
            or (version.grid.level_id in ("city", "district", "town") and c.cell.code.startswith(version.grid.code))
            or version.grid.code == "city"
        ]
        assert to_shapely(version.shape).equals(shapely.union_all(own)), version.grid.code
        assert version.area_m2 == len(own) * 10_000


@pytest.mark.django_db
def test_things_and_people_stand_where_they_were_put() -> None:
    city = a_city()
    lamp, plate = a_component(city, 2, 0), a_place(city, 0, 2)
    assert lamp.cell.code == city.code(2, 0)
    assert (plate.place.x, plate.place.y) == city.metres(0, 2)
    assert a_street(city, 1).shape.length == 300
    officer = a_person("community", territory=city.community(0, 0))
    assert officer.person.territory.code == "990101001001"
