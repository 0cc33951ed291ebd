"""Labels as sources write them find the area they mean, or none."""

from __future__ import annotations

import pytest

from cells.labels import LabelBook, plain

PRECINCTS = LabelBook(
    [(1, ["0502", "990105002", "五区二段", ""]), (2, ["0503", "990105003", "", ""]), (3, ["2010", "990120010"])]
)
WARDS = LabelBook([(5, ["5", "990105", "Ward 5"]), (15, ["15", "990115", "Ward 15"]), (11, ["C11", "990111"])])
DISTRICTS = LabelBook([(1, ["", "410104", "管城回族区"]), (2, ["", "410102", "中原区"]), (3, ["", "410105", "金水区"])])


@pytest.mark.parametrize(
    ("label", "area"),
    [
        ("502.0", 1),
        ("0502", 1),
        (502, 1),
        (502.0, 1),
        ("05-02", 1),
        ("Precinct 503", 2),
        ("2010.0", 3),
        ("990105002", 1),
    ],
)
def test_numbers_are_found_however_padded(label: object, area: int) -> None:
    assert PRECINCTS.find(label) == area


@pytest.mark.parametrize(
    ("label", "area"), [("Ward 5", 5), ("05", 5), ("ward 05", 5), ("15", 15), ("C-11", 11), ("c11", 11)]
)
def test_words_and_hyphens_do_not_matter(label: str, area: int) -> None:
    assert WARDS.find(label) == area


@pytest.mark.parametrize(
    ("label", "area"), [("管城区", 1), ("管城回族区", 1), ("中原", 2), ("金水区", 3), ("４１０１０５", 3)]
)
def test_chinese_names_with_and_without_their_kind(label: str, area: int) -> None:
    assert DISTRICTS.find(label) == area


@pytest.mark.parametrize("label", ["", "0", "0.0", "nan", None, float("nan"), "NULL", "未知"])
def test_what_says_nothing_is_no_label(label: object) -> None:
    assert plain(label) == ""
    assert WARDS.find(label) is None


def test_what_fits_two_areas_fits_none() -> None:
    twice = LabelBook(
        [(1, ["", "990101001", "和平社区"]), (2, ["", "990102001", "和平社区"]), (3, ["", "990102002", "和平里"])]
    )
    assert twice.find("和平社区") is None
    assert twice.find("和平里") == 3
    assert PRECINCTS.find("50") is None
    assert WARDS.find("1") is None
