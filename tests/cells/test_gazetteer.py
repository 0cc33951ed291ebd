"""A caller's words find the place: whole or part, Chinese or Latin, with mistakes, as a code."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cells import gazetteer
from cells.gazetteer import compose_words, coordinates
from cells.models import Place
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
    assert "One-Time Filter: (NOT" in plan
    assert "never executed" in plan.split("One-Time Filter: (NOT", 1)[1]


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
