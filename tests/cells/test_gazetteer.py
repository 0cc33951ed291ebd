"""A caller's words find the place: whole or part, Chinese or Latin, with mistakes, as a code."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cells import gazetteer, place_words
from cells.gazetteer import compose_words, coordinates
from cells.models import Component, Place
from tests.makers import City, a_city, a_component, a_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """Nine cells with a few places whose names resemble one another."""
    made = a_city(cells="3x3")
    names = [
        ("人民路小学", "Renmin Road Primary School"),
        ("人民路128号", "No. 128 Renmin Road"),
        ("新人民商场", "New Renmin Mall"),
        ("花园路幼儿园", "Huayuan Road Kindergarten"),
        ("Café 100%", "Café 100%"),
    ]
    for n, (zh, en) in enumerate(names):
        a_place(made, n % 3, n // 3, name_zh=zh, name_en=en)
    return made


def names(words: str) -> list[str]:
    return [found.name_zh for found in gazetteer.search(words)]


@pytest.mark.parametrize("said", ["人民路小学", "路小学", "renmin road primary", "Primary School", "  人民路小学 "])
def test_a_name_or_a_part_of_it_finds_its_place_first(city: City, said: str) -> None:
    assert names(said)[0] == "人民路小学"


@pytest.mark.parametrize(
    "said", ["人民路小孛", "花园路幼儿圆", "Huayan Road Kindergarten", "Renmin Road Primery School"]
)
def test_a_wrong_character_is_forgiven(city: City, said: str) -> None:
    expected = "花园路幼儿园" if said[0] in "花H" else "人民路小学"
    assert names(said)[0] == expected


def test_two_characters_find_beginnings_first_then_parts(city: City) -> None:
    found = names("人民")
    assert set(found[:2]) == {"人民路小学", "人民路128号"}
    assert found[2:] == ["新人民商场"]


def test_two_latin_letters_find_the_beginning_of_a_later_word(city: City) -> None:
    assert "花园路幼儿园" in names("Ki")


@pytest.mark.parametrize("said", ["100%", "%", "_", "\\", "'; DROP TABLE cells_place; --", "\x00" * 3, "号" * 400])
def test_signs_of_the_query_language_are_only_signs(city: City, said: str) -> None:
    found = names(said)
    assert (found[:1] == ["Café 100%"]) is (said in ("100%", "%"))
    assert Place.objects.count() == 5


def test_nothing_typed_finds_nothing(city: City) -> None:
    assert gazetteer.search("  ") == []


def test_a_code_finds_its_bearer(city: City) -> None:
    lamp = a_component(city, 2, 1)
    cell, community = city.code(1, 1), city.community_code(1, 1)
    assert [(f.kind, f.code) for f in gazetteer.search(cell)] == [("cell", cell)]
    assert gazetteer.search(community)[0].kind == "community"
    by_code = gazetteer.search(lamp.code)[0]
    assert (by_code.kind, by_code.x, by_code.y) == ("component", *city.metres(2, 1))


def test_the_index_answers_and_a_likeness_is_looked_for_only_where_nothing_fits(city: City) -> None:
    with CaptureQueriesContext(connection) as asked:
        gazetteer.search("人民路小学")
    [query] = [q["sql"] for q in asked.captured_queries if "likely" in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF) " + query)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Cond: (words ~~ '%人民路小学%'" in plan
    # Neither the parts apart nor a likeness is looked for.
    assert plan.count("One-Time Filter: (") == 2
    assert all("never executed" in rest for rest in plan.split("One-Time Filter: (")[1:])


@pytest.fixture
def roads(city: City) -> City:
    """Two roads that cross, doors on one of them, and a shop whose address is a door."""
    places = [
        ("street", "福荣街", "Furong Street", 3.0),
        ("street", "自强北路", "Ziqiang North Road", 3.0),
        ("crossing", "福荣街与自强北路交叉口", "Furong Street / Ziqiang North Road", 3.5),
        ("door_plate", "福荣街20号", "No. 20 Furong Street", 0.0),
        ("door_plate", "福荣街120号", "No. 120 Furong Street", 0.0),
        ("door_plate", "福荣街12号", "No. 12 Furong Street", 0.0),
        ("door_plate", "自强北路12号", "No. 12 Ziqiang North Road", 0.0),
        ("poi", "云泽烧烤店 福荣街20号", "Yunze Barbecue", 1.0),
        ("region", "福荣街社区", "Furong Street Community", 6.0),
    ]
    for n, (kind, zh, en, weight) in enumerate(places):
        place = a_place(city, n % 3, n // 3, name_zh=zh, name_en=en, kind=kind)
        Place.objects.filter(pk=place.pk).update(weight=weight)
    return city


@pytest.mark.parametrize(
    ("said", "found"),
    [
        # parts in either order, with and without a space
        ("福荣街 20号", "福荣街20号"),
        ("20号 福荣街", "福荣街20号"),
        ("20号福荣街", "福荣街20号"),
        ("福荣街 20", "福荣街20号"),
        ("Furong Street 20", "福荣街20号"),
        ("20 furong st", "福荣街20号"),
        ("No. 20, Furong St.", "福荣街20号"),
        # just that number, not one that has it as a part
        ("12 Furong Street", "福荣街12号"),
        ("Furong Street 120", "福荣街120号"),
        # in other signs
        ("福荣街二十号", "福荣街20号"),
        ("福荣街一百二十号", "福荣街120号"),
        ("福荣街１２号", "福荣街12号"),
        # what only says “near it”
        ("福荣街20号对面", "福荣街20号"),
        ("福荣街20号门口旁边", "福荣街20号"),
        ("near 20 Furong Street", "福荣街20号"),
        # crossings as they are said
        ("自强北路福荣街", "福荣街与自强北路交叉口"),
        ("自强北路与福荣街", "福荣街与自强北路交叉口"),
        ("自强北路和福荣街路口", "福荣街与自强北路交叉口"),
        ("Ziqiang North Rd & Furong St", "福荣街与自强北路交叉口"),
        # a road before its crossings, though these are better known
        ("ziqang north road", "自强北路"),
        ("ziqiang n road", "自强北路"),
        ("zi qiang bei lu", "自强北路"),
        # a road that is not quite called so
        ("自强路12号", "自强北路12号"),
        ("自强路 12", "自强北路12号"),
    ],
)
def test_a_place_is_found_as_it_is_said(roads: City, said: str, found: str) -> None:
    assert names(said)[0] == found


@pytest.mark.parametrize(
    ("said", "code"), [("000127", 1), ("0111000127", 1), ("990101 0111 000127", 1), ("路灯 000128号", 2)]
)
def test_the_last_digits_of_a_code_find_its_bearer(city: City, said: str, code: int) -> None:
    codes = {1: "9901010111000127", 2: "9901010111000128"}
    for known in codes.values():
        a_component(city, 1, 1, code=known)
    assert [(f.kind, f.code) for f in gazetteer.search(said)] == [("component", codes[code])]


@pytest.mark.parametrize("said", ["LD-0123", "ld-0123", "LD-012", "ＬＤ－０１２３"])
def test_a_number_of_the_owner_finds_the_component(city: City, said: str) -> None:
    lamp, other = a_component(city, 1, 1), a_component(city, 2, 2)
    Component.objects.filter(pk=lamp.pk).update(source_label="LD-0123")
    Component.objects.filter(pk=other.pk).update(source_label="LD-0223")
    assert [(f.code, f.address) for f in gazetteer.search(said)] == [(lamp.code, "LD-0123")]


def like(component: Component) -> dict[str, Any]:
    """What makes another component of the same kind at the same place."""
    return {"catalogue_class_id": component.catalogue_class_id, "place": component.place, "cell_id": component.cell_id}


def test_codes_and_their_ends_are_answered_by_indexes(city: City) -> None:
    lamp = a_component(city, 1, 1)
    # So many that no other way is nearly as cheap, whatever is known of the table from tests before.
    others = [Component(**{**like(lamp), "code": f"77{n:012d}", "source_label": f"P-{n:05d}"}) for n in range(4000)]
    Component.objects.bulk_create(others)
    with CaptureQueriesContext(connection) as asked:
        gazetteer.search(lamp.code[-6:])
    [query] = [q["sql"] for q in asked.captured_queries if "reverse(" in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cells_component")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + query)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "component_tail" in plan
    assert "component_label" in plan


def test_the_examples_of_what_is_said_run() -> None:
    tried = doctest.testmod(place_words)
    assert tried.attempted >= 7
    assert tried.failed == 0


def test_words_are_composed_in_lower_case_and_each_once() -> None:
    place = Place(name_zh="人民路1号", name_en="No. 1 Renmin Road", address="人民路1号")
    assert compose_words(place) == "人民路1号 no. 1 renmin road"


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("114.02, 34.7", (114.02, 34.7)),
        ("114.02，34.7", (114.02, 34.7)),
        ("-71.06 42.36", (-71.06, 42.36)),
        ("人民路 12", None),
        ("114.02", None),
    ],
)
def test_two_numbers_are_coordinates(said: str, numbers: tuple[float, float] | None) -> None:
    assert coordinates(said) == numbers
