"""The monthly bulletin: its numbers are the pages', in docx and PDF, in both languages; what is not there is said."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook
from pypdf import PdfReader

from cases.judging import publishing, register
from cases.judging.ranking import ranking, scheme_named
from cells.models import GridVersion, Role
from maps.bulletin.blocks import Bulletin, Heading, Items, Table, Words
from maps.bulletin.kept import made
from maps.bulletin.telling import bulletin
from tests.cases.judging_desk import Week, at, live
from tests.cases.makers import a_user
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import a_client
from tests.maps.test_printing import text_of
from tests.maps.test_row_security import body

pytestmark = pytest.mark.django_db
GOOD = Week(accepted=9, filed=9, dispatched=9, should_close=9, closed=8, closed_on_time=5, rework=1, extended=1)
POOR = Week(accepted=5, filed=5, dispatched=5, should_close=5, closed=2, closed_on_time=1, rework=0, extended=0)
BEFORE = Week(accepted=4, filed=4, dispatched=4, should_close=4, closed=4, closed_on_time=4, rework=0, extended=0)
MONTH = "2019-04"


@pytest.fixture
def city() -> City:
    city = a_city(cells="8x2", community="4x2", at=at("2019-01-01"))
    live(BEFORE, city.community(0, 0), monday="2019-03-11", prefix="M")
    live(GOOD, city.community(0, 0), monday="2019-04-08", prefix="A")
    live(POOR, city.community(4, 0), monday="2019-04-08", prefix="B")
    return city


def told(month: str = MONTH, *, language: str = "en", **given: Any) -> Bulletin:
    with translation.override(language):
        return bulletin(month, "communities", **given)


def table_with(found: Bulletin, heading: str) -> Table:
    return next(b for b in found.blocks if isinstance(b, Table) and b.columns[0].heading == heading)


def said(found: Bulletin) -> str:
    texts: list[str] = []
    for block in found.blocks:
        if isinstance(block, Heading | Words):
            texts.append(block.text)
        elif isinstance(block, Items):
            texts += block.texts
    return "\n".join(texts)


def section(found: Bulletin, heading: str) -> list[Any]:
    titles = [n for n, block in enumerate(found.blocks) if isinstance(block, Heading)]
    begin = next(n for n in titles if found.blocks[n].text == heading)  # type: ignore[union-attr]
    return found.blocks[begin + 1 : next((n for n in titles if n > begin), None)]


def test_the_months_numbers_stand_beside_the_month_before_and_a_year_ago(city: City) -> None:
    found = told()
    counts = table_with(found, "What is counted")
    assert [column.heading for column in counts.columns[1:]] == ["2019-04", "2019-03", "2018-04"]
    rows = {row[0]: list(row[1:]) for row in counts.rows}
    assert rows["Reports that came in in the period"] == ["14", "4", "no cases"]
    assert rows["Those of them whose work was done within the limit"] == ["6", "4", "no cases"]
    assert rows["Cases closed in the period, whenever they were due"] == ["10", "4", "no cases"]


def test_rates_have_their_formulas_and_none_without_cases_is_a_percentage(city: City) -> None:
    found = told()
    rates = {row[0].split(" [")[0]: list(row[1:]) for row in table_with(found, "Rate").rows}
    assert rates["Closing rate"] == ["71.43 %", "100.00 %", "no cases"]
    assert rates["On-time closing rate"] == ["42.86 %", "100.00 %", "no cases"]
    assert rates["Upward-report rate"] == ["no cases"] * 3  # nothing went up
    assert {row[-1] for row in rates.values()} == {"no cases"}
    number = next(row[0] for row in table_with(found, "Rate").rows if row[0].startswith("Closing rate ["))[-2:-1]
    assert f"[{number}] Closing rate = “Cases to be closed in the period that were closed" in said(found)


def test_a_month_without_anything_says_so(city: City) -> None:
    found = told("2019-02")
    assert "No cases were reported, due or closed in this month." in said(found)
    assert {text for row in table_with(found, "Rate").rows for text in row[1:]} == {"no cases"}
    assert "No place stands out in this period." in said(found)
    assert "Nobody stands last" in said(found)


def test_a_month_under_way_is_judged_as_far_as_it_has_come(city: City) -> None:
    found = told(at=at("2019-04-11"))
    assert isinstance(found.blocks[0], Words)
    assert found.blocks[0].text.startswith("The month is not over")
    assert found.facts[0] == "2019-04-01 – 2019-04-11"
    assert "not over" not in said(told())


def test_the_last_ones_are_told_with_what_cost_them_most(city: City) -> None:
    found = told()
    (last,) = next(block.rows for block in section(found, "Who stands last") if isinstance(block, Table))
    second = ranking(MONTH, scheme_named("communities", month=MONTH)).lines[1]
    assert (last[0], last[2]) == ("2", f"{second.score}")
    # 2 of 5 closed, 1 of 5 on time: 35 × 4/5 lost by the latter.
    assert last[3].startswith(
        "On-time closing rate 20.00 %: 28.00 of 35 points lost; Closing rate 40.00 %: 21.00 of 35"
    )
    assert "first of all On-time closing rate" in said(found)


def test_a_published_ranking_is_told_as_it_was_published_with_its_fine(city: City) -> None:
    leader, other = a_person(Role.LEADER), a_person(Role.ADMINISTRATOR)
    assert "The ranking of this month is not published yet" in said(told())
    ranked = ranking(MONTH, scheme_named("communities", month=MONTH))
    frozen = publishing.publish(ranked, by=leader, at=at("2019-05-02"))
    waits = said(told())
    assert "Published on 2019-05-02." in waits
    assert "1 fine or reward waits to be entered" in waits
    (one,) = register.due("communities")
    entry = register.propose(one, amount=one.score, note="", by=leader, at=at("2019-05-03"))
    register.decide(entry.pk, approve=True, by=other, at=at("2019-05-04"))
    (row,) = table_with(told(), "What").rows
    assert row[0] == "fine of the last place"
    assert row[4:] == [f"{entry.amount:,}", "approved"]
    # What was published stays, whatever is counted today: both are told.
    frozen.lines[0]["score"] = 12.34
    frozen.save()
    changed = told()
    assert table_with(changed, "Rank").rows[0][2].startswith("12.34")
    assert "Counted again today, these have another score" in said(changed)


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "结案率"), ("en", "Closing rate")])
def test_docx_and_pdf_say_the_same_in_both_languages(city: City, language: str, words: str) -> None:
    found = told(language=language)
    with translation.override(language):
        word, pdf = (made(found, form) for form in ("docx", "pdf"))
    document = docx.Document(io.BytesIO(word))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert any(words in cell for cell in cells)
    assert "71.43 %" in cells
    printed = text_of(pdf)
    for text in (found.title, words, "71.43%", *(b.text for b in found.blocks if isinstance(b, Heading))):
        assert text.replace(" ", "") in printed
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert float(pages[0].mediabox.height) > float(pages[0].mediabox.width)
    for font in pages[0]["/Resources"]["/Font"].get_object().values():
        (descendant,) = font.get_object()["/DescendantFonts"]
        assert {"/FontFile2", "/FontFile3"} & set(descendant.get_object()["/FontDescriptor"])


def test_a_docx_has_styles_chinese_fonts_repeated_headings_and_maps_with_words(city: City) -> None:
    found = told(language="zh-hans")
    written = made(found, "docx")
    document = docx.Document(io.BytesIO(written))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [b.text for b in found.blocks if isinstance(b, Heading)]
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        text = parts.read("word/document.xml").decode()
        styles = parts.read("word/styles.xml").decode()
        pictures = [name for name in parts.namelist() if name.endswith(".png")]
        assert all(parts.read(name).startswith(b"\x89PNG") for name in pictures)
    assert text.count("<w:tblHeader/>") == len(document.tables) == sum(isinstance(b, Table) for b in found.blocks)
    assert len(pictures) == len(re.findall(r'<wp:docPr [^>]*descr="[^"]+', text)) >= 1
    normal = re.search(r'<w:style [^>]*w:styleId="Normal">.*?</w:style>', styles, re.DOTALL)
    assert normal is not None
    assert 'w:eastAsia="宋体"' in normal[0]
    assert "theme=" not in normal[0].lower()


def test_names_that_no_xml_may_hold_break_nothing(city: City) -> None:
    GridVersion.objects.filter(grid=city.community(0, 0)).update(name_en="A\x0bB <&> " + "long" * 20)
    found = told()
    document = docx.Document(io.BytesIO(made(found, "docx")))
    assert any("AB <&>" in cell.text for table in document.tables for cell in table.columns[1].cells)
    assert made(found, "pdf", paper="A3").startswith(b"%PDF")


# ---- doors ----------------------------------------------------------------------------------------------------------


def test_the_command_writes_both_forms_and_refuses_in_words(city: City, tmp_path: Path) -> None:
    for form, begin in (("docx", b"PK"), ("pdf", b"%PDF")):
        out = tmp_path / f"b.{form}"
        call_command("bulletin", month=MONTH, scheme="communities", out=out, language="en")
        assert out.read_bytes().startswith(begin)
    for given, words in (
        ({"out": tmp_path / "b.txt"}, "ends in .docx or .pdf"),
        ({"month": "2019-13"}, "2026-03"),
        ({"month": "2999-01"}, "period is to come"),
        ({"scheme": "none"}, "no scheme"),
    ):
        asked = {"month": MONTH, "scheme": "communities", "out": tmp_path / "n.pdf", "language": "en"} | given
        with pytest.raises(CommandError, match=words):
            call_command("bulletin", **asked)
    assert not (tmp_path / "n.pdf").exists()


def test_the_button_gives_the_readers_own_bulletin(city: City) -> None:
    leader = a_client(a_person(Role.LEADER))
    asked = {"month": MONTH, "scheme": "communities"}
    assert 'data-test="bulletin"' in leader.get("/ranking/", asked).content.decode()
    answer = leader.get("/ranking/bulletin/", asked | {"as": "docx"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert f'filename="bulletin-{MONTH}.docx"' in answer["Content-Disposition"]
    docx.Document(io.BytesIO(answer.content))
    community = a_client(a_person(Role.COMMUNITY, territory=city.community(4, 0)))
    own = text_of(community.get("/ranking/bulletin/", asked | {"as": "pdf"}).content)
    assert "只" in own or "only" in own
    assert a_client(a_user(None)).get("/ranking/bulletin/", asked).status_code == 403
    assert Client().get("/ranking/bulletin/", asked).status_code == 302


def test_the_page_leads_to_a_spreadsheet_of_the_same_ranking(city: City) -> None:
    leader = a_client(a_person(Role.LEADER))
    page = leader.get("/ranking/", {"month": MONTH, "scheme": "communities"}).content.decode()
    address = re.search(r'href="([^"]+)" data-test="xlsx"', page)
    assert address is not None
    answer = leader.get(address[1].replace("&amp;", "&"))
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert MONTH in sheet["A1"].value
    for query in ({"month": "9999-01"}, {"scheme": "\x00"}, {"month": "2019-13"}):
        assert leader.get("/ranking/ranking.xlsx", {"scheme": "communities", "month": MONTH} | query).status_code == 400


def lines_of(client: Client, address: str, **query: str) -> list[dict[str, str]]:
    """The rows of a CSV below its head."""
    text = body(client.get(address, query)).decode("utf-8-sig")
    _head, _sep, rows = text.partition("\r\n\r\n")
    return list(csv.DictReader(io.StringIO(rows)))


def test_rates_and_ranking_are_files_too(city: City) -> None:
    leader = a_client(a_person(Role.LEADER))
    leader.cookies["django_language"] = "en"
    asked = {"unit": "community", "from": "2019-04-01", "to": "2019-04-30"}
    page = leader.get("/ranking/rates/", asked).content.decode()
    address = re.search(r'href="([^"]+)" data-test="rates-csv"', page)
    assert address is not None
    rows = lines_of(leader, address[1].replace("&amp;", "&"))
    assert [row["Closing rate, %"] for row in rows] == ["88.89", "40.00", "71.43"]
    assert [(row["closed"], row["should_close"]) for row in rows] == [("8", "9"), ("2", "5"), ("10", "14")]
    assert {row["Upward-report rate, %"] for row in rows} == {""}
    book = load_workbook(io.BytesIO(body(leader.get("/ranking/rates.xlsx", asked))))
    assert any(cell.value == 71.43 for row in book.worksheets[0].iter_rows() for cell in row)
    ranked = lines_of(leader, "/ranking/ranking.csv", month=MONTH, scheme="communities")
    assert [row["Rank"] for row in ranked] == ["1", "2"]
    assert ranked[1]["On-time closing rate: Points"] == "7.00"
    for query in ({"from": "x"}, {"from": "9999-12-31", "to": "9999-12-31"}):
        assert leader.get("/ranking/rates.csv", query).status_code == 400
    assert leader.get("/ranking/ranking.csv", {"month": "9999-01"}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [{"as": "txt"}, {"as": "\x00"}, {"paper": "A9"}, {"month": "2019-13"}, {"month": "9999-01"}, {"month": "\x00"},
     {"scheme": "none"}, {"scheme": "\x00"}, {"scheme": "x" * 5000}],
)  # fmt: skip
def test_odd_addresses_are_answered_in_words(city: City, query: dict[str, str]) -> None:
    leader = a_client(a_person(Role.LEADER))
    answer = leader.get("/ranking/bulletin/", {"month": MONTH, "scheme": "communities"} | query)
    assert answer.status_code == 400 or query.get("month") == "\x00"
