"""Printed sheets: a PDF whose text can be read and searched, a picture of the same, on the paper asked for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from PIL import Image
from pypdf import PdfReader

from cases.demo.planting import plant
from cases.hotspots.gathering import EXPOSURES
from cells.models import Role
from maps.hotspot_words import exposures
from maps.printing import fonts
from maps.printing.report import Ground, MapClass, Report, Row, Spot
from maps.printing.sheet import printed
from tests.cases.hotspot_desk import SIDE, TODAY, empty_city, ordinary_cases
from tests.cases.makers import a_user
from tests.makers import City

MM = 72 / 25.4
DAYS = {"from": "2026-05-04", "to": "2026-05-31"}
NOTHING = np.empty(0, object)


def squares(*at: tuple[float, float], side: float = 100.0) -> Any:
    return np.array([shapely.box(x, y, x + side, y + side) for x, y in at], object)


def a_report(**given: Any) -> Report:
    """A frame of red squares round a hole of blue ones, hatched ones beside."""
    every = [(100.0 * c, 100.0 * r) for c in range(10) for r in range(10)]
    ring = [p for p in every if 200 <= p[0] <= 700 and 200 <= p[1] <= 700]
    inner = [p for p in ring if 400 <= p[0] <= 500 and 400 <= p[1] <= 500]
    red, grey = squares(*[p for p in ring if p not in inner]), squares(*[p for p in every if p not in ring])
    classes = [
        MapClass("热点", red, "#b2182b", loud=True),
        MapClass("冷点", squares(*inner), "#2166ac"),
        MapClass("数据太少", grey, hatched=True),
    ]
    usual: dict[str, Any] = {
        "title": "热点图",
        "facts": ["2026-05-04 – 2026-05-31", "1,954 件"],
        "classes": classes,
        "ground": Ground(NOTHING, NOTHING, squares((0, 0), side=1000.0), [("景义家园社区", 500.0, 50.0)]),
        "language": "zh-hans",
        "rows": [Row("1", "庆乐苑社区：自2026-05-04以来320件", "误报率不超过 1 %")],
        "spots": [Spot(250.0, 250.0, "1")],
        "notes": ["误报率按全市计算。"],
    }
    return Report(**{**usual, **given})


def text_of(body: bytes) -> str:
    # pypdf takes the two bytes of a code for two: the first is always nought.
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    return text.replace("\0", "").replace(" ", "").replace("\n", "")


def test_a_pdf_holds_its_text_as_text_in_typefaces_of_its_own() -> None:
    body = printed(a_report(), "pdf")
    document = PdfReader(io.BytesIO(body))
    (page,) = document.pages
    assert [float(page.mediabox.width), float(page.mediabox.height)] == pytest.approx([297 * MM, 210 * MM], abs=0.1)
    said = text_of(body)
    for words in (
        "热点图",
        "冷点",
        "景义家园社区",
        "庆乐苑社区：自2026-05-04以来320件",
        "误报率按全市计算。",
        "200m",
        "N",
    ):
        assert words in said
    every = page["/Resources"]["/Font"].get_object().values()
    for font in every:
        (descendant,) = font.get_object()["/DescendantFonts"]
        described = descendant.get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(described)
    assert "/XObject" not in page["/Resources"]  # areas are vectors, not a picture
    assert len(body) < 100_000


def test_a_picture_shows_the_same_areas_with_their_holes() -> None:
    a4, a3 = (Image.open(io.BytesIO(printed(a_report(rows=[], spots=[]), "png", paper=p))) for p in ("A4", "A3"))
    assert a4.size == (2339, 1654)
    assert a3.size[0] > a4.size[0]
    red, blue = (178, 24, 43), (33, 102, 172)
    # Left of the legend: how much of the map is red and blue.
    pixels = np.asarray(a4.convert("RGB"))[200:1500, 100:1400]
    reds, blues = (int((np.abs(pixels.astype(int) - colour).sum(axis=2) < 30).sum()) for colour in (red, blue))
    assert reds / blues == pytest.approx(32 / 4, rel=0.1)
    assert blues > 10_000


def test_a_long_list_goes_on_in_the_pdf_and_says_so_in_the_picture() -> None:
    rows = [Row(str(n), f"第{n}处热点：" + "很多字" * 20) for n in range(1, 121)]
    with translation.override("en"):
        body = printed(a_report(rows=rows), "pdf", paper="A3")
        picture = printed(a_report(rows=rows), "png")
    document = PdfReader(io.BytesIO(body))
    assert len(document.pages) > 1
    assert float(document.pages[1].mediabox.width) == pytest.approx(420 * MM, abs=0.1)
    said = text_of(body)
    assert all(f"第{n}处热点" in said for n in range(1, 121))
    assert Image.open(io.BytesIO(picture)).size == (2339, 1654)


def test_nothing_to_show_is_a_sheet_too() -> None:
    empty = Report("空", [], [], Ground(NOTHING, NOTHING, NOTHING, []), "zh-hans", list_title="没有")
    assert "没有" in text_of(printed(empty, "pdf"))
    assert Image.open(io.BytesIO(printed(empty, "png"))).size == (2339, 1654)


def test_a_rare_character_is_added_to_the_typeface(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOCAL = tmp_path
    monkeypatch.setattr(fonts, "_usual", lambda: {ord(c) for c in "热点0123456789 "})
    assert ord("㛃") not in fonts.face("热点").characters
    grown = fonts.face("㛃点")
    assert {ord(c) for c in "㛃热点"} <= grown.characters
    before = grown.regular.stat().st_mtime_ns
    assert (
        fonts.face("热㛃\U0001f6b2").regular.stat().st_mtime_ns == before
    )  # what no face has is no reason to make it anew


def test_without_the_typeface_it_says_which_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    monkeypatch.setattr(fonts.shutil, "which", lambda _name: None)
    with translation.override("en"), pytest.raises(fonts.NoFont, match="fonts-noto-cjk"):
        fonts.face("热点")


@pytest.fixture
def city(tmp_path: Path, settings: Any, db: None) -> City:
    settings.REPORTS = tmp_path
    made = empty_city()
    ordinary_cases(made, days=84)
    plant(1, seed=3, today=TODAY, effects=(6.0,))
    return made


def test_the_sheet_of_hot_spots_says_what_the_page_says(city: City, tmp_path: Path) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(a_user(Role.LEADER))
    answer = client.get("/api/hotspots", DAYS).json()
    sent = client.get("/hotspots/print/", DAYS | {"paper": "A3"})
    assert (sent.status_code, sent.headers["Content-Type"]) == (200, "application/pdf")
    assert 'filename="hotspots-20260504-20260531-A3.pdf"' in sent.headers["Content-Disposition"]
    said = text_of(sent.content)
    for spot in answer["spots"]:
        assert spot["sentence"].replace(" ", "") in said
    assert f"{answer['figures']['cases']:,}" in said
    assert "2026-05-04–2026-05-31" in said
    assert "1%" in said
    assert client.get("/hotspots/print/", DAYS | {"as": "png"}).content[:4] == b"\x89PNG"
    for wrong in ({"as": "svg"}, {"paper": "A0"}, {"from": "x"}, {"frame": "h3:15"}):
        assert client.get("/hotspots/print/", DAYS | wrong).status_code == 400
    given = {"since": DAYS["from"], "until": DAYS["to"]}
    for name, begins in (("r.pdf", b"%PDF"), ("r.PNG", b"\x89PNG"), ("r.html", b"<!DOCTYPE html>")):
        call_command("heatmap", out=tmp_path / name, **given)
        assert (tmp_path / name).read_bytes().startswith(begins)
    with pytest.raises(CommandError, match=r"\.pdf"):
        call_command("heatmap", out=tmp_path / "r.docx", **given)


def test_each_look_of_the_map_is_a_sheet_of_its_own(city: City, tmp_path: Path) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(a_user(Role.LEADER))
    answer = client.get("/api/hotspots", DAYS).json()

    def sheet(**given: str) -> str:
        sent = client.get("/hotspots/print/", DAYS | given)
        assert sent.status_code == 200, sent.content
        return text_of(sent.content)

    gi = sheet(look="gi")
    assert "HotspotsbyGi*" in gi
    assert "falsediscoveriescounted" not in gi, "the words of another method"
    hot = sum(tier == 99 for tier in answer["units"]["gi_tier"])
    assert hot > 0
    assert f"hot,atmost1%false{hot}" in gi
    trend = sheet(look="trend")
    assert f"nopattern{answer['units']['trend'].count(0):,}" in trend
    thick = sheet(look="density", bandwidth="600")
    assert "bandwidth600m" in thick
    assert "Forlooksonly" in thick
    assert "chance" not in thick, "a density is never called sure"
    most = max(answer["communities"], key=lambda row: row["cases"])
    assert f"{most['cases']:,}cases" in thick
    stranger = Client(headers={"accept-language": "en"})
    stranger.force_login(a_user(Role.COMMUNITY, territory=city.community(0, 0)))
    assert "Casesofyourterritoryonly" in text_of(stranger.get("/hotspots/print/", DAYS | {"look": "density"}).content)
    for wrong in ({"look": "svg"}, {"look": "density", "bandwidth": "7"}):
        assert client.get("/hotspots/print/", DAYS | wrong).status_code == 400
    call_command("heatmap", out=tmp_path / "r.pdf", look="density", bandwidth="150", since=DAYS["from"],
                 until=DAYS["to"])  # fmt: skip
    assert "密度" in text_of((tmp_path / "r.pdf").read_bytes())


def test_a_sheet_names_whatever_it_was_held_against(city: City) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(a_user(Role.LEADER))
    for exposure, words in (("past", "itsownpast"), ("area", "area")):
        assert f"heldagainst{words}" in text_of(client.get("/hotspots/print/", DAYS | {"exposure": exposure}).content)
    assert set(exposures()) == set(EXPOSURES)


def test_a_line_ends_before_an_opening_bracket_never_after_it() -> None:
    face = fonts.face("以为主（14 %）。")
    for width in range(16, 60):
        lines = face.wrapped("以“乱堆物堆料”为主（14 %）。以“乱堆”为主（26 %）。", 8.0, float(width))
        assert not [line for line in lines if line[-1] in "（“"]


def test_the_leaders_day_and_the_coverage_are_sheets_too(city: City) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(a_user(Role.LEADER))
    told = client.get("/api/leader").json()
    said = text_of(client.get("/leader/print/").content)
    for spot in told["spots"]:
        assert spot["sentence"].replace(" ", "") in said
    (reported,) = [f["now"] for f in told["figures"] if f["of"] == "open"]
    assert f"{reported:,}" in said
    asked = {"day": "2026-05-31", "days": "7"}
    figures = client.get("/api/gaps", asked).json()["figures"]
    coverage = text_of(client.get("/gaps/print/", asked).content)
    assert "2026-05-25–2026-05-31" in coverage
    for known in ("nobody_looked", "reported_not_walked"):
        assert f"{figures[known]:,}" in coverage
    assert client.get("/gaps/print/", asked | {"as": "png"}).content[:4] == b"\x89PNG"
    for wrong in ({"day": "x"}, {"days": "0"}, {"days": "9999"}, {"paper": "A0"}, {"as": "doc"}):
        assert client.get("/gaps/print/", asked | wrong).status_code == 400
    # Only his own ground is on the sheet of somebody with a territory.
    stranger = Client(headers={"accept-language": "en"})
    stranger.force_login(a_user(Role.COMMUNITY, territory=city.community(0, 0)))
    theirs = text_of(stranger.get("/gaps/print/", asked).content)
    assert f"{SIDE * SIDE // 4}cells" in theirs
    assert "Yourownground" in theirs
