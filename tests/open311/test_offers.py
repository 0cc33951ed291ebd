"""Services and their questions."""

from __future__ import annotations

import pytest

from cases.models import OpenAttribute, OpenDoor, OpenService
from tests.open311.desk import DIRTY, LAMP, ROAD, Desk

pytestmark = pytest.mark.django_db


def services(desk: Desk, **asked: str | float) -> list[dict[str, object]]:
    answer = desk.both("services", "services", **asked)
    assert answer.status == 200
    return answer.told  # type: ignore[no-any-return]


# ---- services -------------------------------------------------------------------------------------------------------


def test_services_are_listed_without_a_key(desk: Desk) -> None:
    road = next(row for row in services(desk) if row["service_code"] == ROAD)
    assert road == {
        "service_code": ROAD, "service_name": "道路破损", "description": None, "metadata": True, "type": "realtime",
        "keywords": "坑,路面破损", "group": "市容环境",
    }  # fmt: skip


def test_services_are_those_that_the_city_opened(desk: Desk) -> None:
    OpenService.objects.exclude(catalogue_class__minor="13").update(may_report=False)
    assert [row["service_code"] for row in services(desk)] == [ROAD]


def test_services_speak_the_readers_language(desk: Desk) -> None:
    answer = desk.client.get("/open311/v2/services.json", headers={"Accept-Language": "en"})
    road = next(row for row in answer.json() if row["service_code"] == ROAD)
    assert (road["service_name"], road["keywords"]) == ("Damaged road surface", "pothole,road damage")


def test_metadata_is_a_truth_and_says_whether_there_are_questions(desk: Desk) -> None:
    found = {row["service_code"]: row["metadata"] for row in services(desk)}
    assert (found[ROAD], found[DIRTY]) == (True, False)


def test_services_at_a_place_are_none_outside_the_city(desk: Desk) -> None:
    lon, lat = desk.city.lonlat(0, 0)
    assert services(desk, lat=lat, long=lon) == services(desk)
    assert services(desk, lat=lat + 1, long=lon) == []
    assert desk.both("services", "services", lat=lat).status == 400


def test_an_unknown_jurisdiction_is_404_and_the_citys_own_is_not(desk: Desk) -> None:
    assert services(desk, jurisdiction_id="whatever")  # a city of one jurisdiction that gave it no name ignores it
    OpenDoor.objects.update(jurisdiction="city.example")
    assert services(desk, jurisdiction_id="city.example")
    assert services(desk)
    assert desk.both("services", "services", jurisdiction_id="elsewhere").status == 404


# ---- definition -----------------------------------------------------------------------------------------------------


def test_a_definition_is_one_object_and_no_list(desk: Desk) -> None:
    found = desk.both(f"services/{ROAD}", "service_definition").told
    assert isinstance(found, dict)
    assert found["service_code"] == ROAD


def test_a_definition_asks_in_order_and_each_rank_once(desk: Desk) -> None:
    orders = [a["order"] for a in desk.both(f"services/{LAMP}", "service_definition").told["attributes"]]
    assert orders == [1, 2]


def test_a_definition_has_its_values_by_key_and_name(desk: Desk) -> None:
    fault = desk.both(f"services/{LAMP}", "service_definition").told["attributes"][1]
    assert (fault["datatype"], fault["required"]) == ("singlevaluelist", True)
    assert fault["values"][0] == {"key": "dark", "name": "不亮"}


def test_a_definition_has_lists_of_several(desk: Desk) -> None:
    danger = desk.both(f"services/{ROAD}", "service_definition").told["attributes"][1]
    assert (danger["datatype"], len(danger["values"])) == ("multivaluelist", 3)


def test_a_definition_of_an_unknown_service_is_404(desk: Desk) -> None:
    assert desk.both("services/event-9999", "service_definition").status == 404
    assert desk.both("services/💡", "service_definition").status == 404


def test_a_definition_of_a_class_that_is_not_open_is_404(desk: Desk) -> None:
    assert desk.both("services/event-0199", "service_definition").status == 404


def test_a_definition_without_questions_has_an_empty_list(desk: Desk) -> None:
    assert desk.both(f"services/{DIRTY}", "service_definition").told == {"service_code": DIRTY, "attributes": []}


def test_what_only_tells_is_no_variable(desk: Desk) -> None:
    OpenAttribute.objects.create(
        service=OpenService.objects.get(catalogue_class__kind="event", catalogue_class__major="01",
                                        catalogue_class__minor="12"),
        code="note", rank=1, datatype="text", asks=False, description_zh="请注意安全", description_en="Take care",
    )  # fmt: skip
    (note,) = desk.both(f"services/{DIRTY}", "service_definition").told["attributes"]
    assert (note["variable"], note["required"]) == (False, False)
    assert desk.post().status == 200
