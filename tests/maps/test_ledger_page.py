"""The ledger's page, its JSON and its files: the same lines in each, and nothing of who called."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
from django.test import Client
from django.utils import translation

from cases import callers
from cases.ledger import Asked, enter_due
from cells.models import Role
from maps.exports import Column, Table, csv_pieces, write_gpkg, write_xlsx
from tests.cases.ledger_desk import LedgerDesk, all_pages, dispatch
from tests.cases.makers import a_user
from tests.makers import noon

pytestmark = pytest.mark.django_db
ALL = {"since": "", "until": ""}
EVIL = ('=HYPERLINK("http://x","y")', "+1", "-2+3", "@SUM(A1)", "\t=1", "#REF!")


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


@pytest.fixture
def leader() -> Client:
    return someone(Role.LEADER)


def someone(role: str | None, **given: Any) -> Client:
    client = Client()
    client.force_login(a_user(role, **given))
    return client


def body(answer: Any) -> bytes:
    assert answer.status_code == 200, getattr(answer, "content", b"")[:500]
    with pytest.warns(Warning, match="asynchronous"):  # the test client is no asynchronous server
        return b"".join(answer)


def sheet(client: Client, **query: str) -> list[tuple[Any, ...]]:
    """The rows of the spreadsheet below its headings."""
    book = openpyxl.load_workbook(io.BytesIO(body(client.get("/ledger/export.xlsx", query))))
    rows = list(book.active.iter_rows(values_only=True))
    return rows[rows.index(next(row for row in rows if row[0] is None)) + 2 :]


def filed(desk: LedgerDesk) -> None:
    for n in range(7):
        case = desk.file(n % 6, n % 4, at=noon() + dt.timedelta(hours=n), words=f"路面塌陷{n}", address=f"人民路{n}号")
        if n % 2:
            dispatch(case, at=noon("2026-03-03"))
    enter_due(at=noon("2026-03-04"))


def test_files_have_exactly_the_lines_of_the_page(desk: LedgerDesk, leader: Client, tmp_path: Path) -> None:
    filed(desk)
    query = {"area": desk.city.town_code(0), "stage": "dispatched", "since": "2026-03-02", "until": "2026-03-02"}
    wanted = [
        line.number
        for line in all_pages(
            Asked(area=desk.town(0), stage="dispatched", since=dt.date(2026, 3, 2), until=dt.date(2026, 3, 2))
        )
    ]
    assert len(wanted) > 1
    shown = leader.get("/ledger/", query).content.decode()
    assert re.findall(r'data-number="(\d+)"', shown) == wanted
    assert [line["number"] for line in leader.get("/api/ledger", query).json()["lines"]] == wanted
    rows = sheet(leader, **query)
    assert [row[2] for row in rows] == wanted
    assert rows[0][3] == dt.datetime(2026, 3, 2, 17, 0)  # noon and five hours, by the city's clocks
    path = tmp_path / "ledger.gpkg"
    path.write_bytes(body(leader.get("/ledger/export.gpkg", query)))
    frame = pyogrio.read_dataframe(path)
    assert frame["案卷编号" if "案卷编号" in frame else "Case number"].tolist() == wanted
    assert frame.crs.is_geographic
    first = next(line for line in all_pages(Asked()) if line.number == wanted[0])
    assert (frame.geometry.x[0], frame.geometry.y[0]) == (first.lon, first.lat)
    text = body(leader.get("/ledger/export.csv", query)).decode("utf-8-sig")
    assert re.findall(r"\b\d{13}\b", text) == wanted


def test_a_file_says_what_was_asked_when_and_of_which_edition(desk: LedgerDesk, leader: Client) -> None:
    filed(desk)
    leader.cookies["django_language"] = "en"
    query = {"area": desk.city.town_code(0), "class": "event-0103", "q": "塌陷", "since": "2026-03-01", "until": ""}
    text = body(leader.get("/ledger/export.csv", query)).decode("utf-8-sig")
    head = dict(line.split(",", 1) for line in text.split("\r\n\r\n")[0].splitlines()[1:])
    assert head["Town or community"] == "town 1"
    assert head["Class"].startswith("0103 ")
    assert head["Filed at"] == "2026-03-01 – …"
    assert head["Words or number"] == "塌陷"
    assert head["Edition of the grids"] == "1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", head["Made"])
    everything = body(leader.get("/ledger/export.csv", ALL)).decode("utf-8-sig")
    assert "Filter,everything" in everything
    assert "attachment" in leader.get("/ledger/export.csv", ALL).headers["Content-Disposition"]


def a_table(rows: list[tuple[Any, ...]]) -> Table:
    columns = [Column("Words"), Column("At", kind=dt.datetime), Column("x", kind=float), Column("y", kind=float)]
    return Table("Problem: ledger", [("Filter", "=1+1")], columns, iter(rows))


def test_no_cell_that_somebody_typed_is_a_formula(tmp_path: Path) -> None:
    rows = [(words, None, 114.0, 34.0) for words in (*EVIL, "a\x07b")]
    out = io.BytesIO()
    write_xlsx(a_table(rows), out)
    cells = [row[0] for row in openpyxl.load_workbook(out).active.iter_rows(min_row=5)]
    assert [cell.value for cell in cells] == [*EVIL, "ab"]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells[:-1])
    text = b"".join(csv_pieces(a_table(rows))).decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert not re.search(r'(^|,|\r\n)"?[=+@\t]', text), "a cell begins like a formula"
    # Places are numbers: a western longitude keeps its sign.
    west = b"".join(csv_pieces(a_table([("a", None, -71.05, 42.3)]))).decode()
    assert "a,,-71.05,42.3" in west


def test_a_geopackage_has_the_same_columns_in_every_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.exports._GPKG_ROWS", 2)
    at = noon()
    rows = [("a", None, 1.0, 2.0), ("b", None, None, None), ("c", at, 3.0, 4.0)]
    write_gpkg(a_table(rows), tmp_path / "a.gpkg")
    frame = pyogrio.read_dataframe(tmp_path / "a.gpkg")
    assert frame["Words"].tolist() == ["a", "b", "c"]
    assert frame["At"].isna().tolist() == [True, True, False]
    assert frame["At"][2] == at
    assert frame.geometry.isna().tolist() == [False, True, False]
    assert pyogrio.read_info(tmp_path / "a.gpkg")["layer_metadata"]["Filter"] == "=1+1"
    write_gpkg(a_table([]), tmp_path / "none.gpkg")
    assert len(pyogrio.read_dataframe(tmp_path / "none.gpkg")) == 0


def test_nobody_who_called_stands_in_a_file_or_an_answer(desk: LedgerDesk, leader: Client) -> None:
    case = desk.file(0, 0, caller_name="王小明", caller_telephone="13900001111")
    assert callers.Caller.objects.get(case=case).telephone == "13900001111"
    for address in ("/ledger/", "/api/ledger"):
        found = leader.get(address, ALL).content.decode()
        assert case.number in found
        assert "王小明" not in found
        assert "13900001111" not in found
    for form in ("csv", "xlsx", "gpkg"):
        found = body(leader.get(f"/ledger/export.{form}", ALL))
        assert "王小明".encode() not in found
        assert b"13900001111" not in found


def test_territory_holds_at_every_door(desk: LedgerDesk) -> None:
    filed(desk)
    mine = desk.city.community(4, 0)
    officer = someone(Role.COMMUNITY, territory=mine)
    wanted = [line.number for line in all_pages(Asked(area=mine))]
    assert 0 < len(wanted) < 7
    assert [line["number"] for line in officer.get("/api/ledger").json()["lines"]] == wanted
    assert re.findall(r'data-number="(\d+)"', officer.get("/ledger/", ALL).content.decode()) == wanted
    assert [row[2] for row in sheet(officer, **ALL)] == wanted
    # Another's ground is no choice.
    refused = officer.get("/api/ledger", {"area": desk.city.town_code(2)})
    assert refused.status_code == 400
    assert refused.json()["where"] == {"field": "area"}


def test_the_page_shows_the_last_month_that_has_cases_and_counts(desk: LedgerDesk, leader: Client) -> None:
    filed(desk)
    desk.file(0, 0, at=noon("2026-05-20"))
    answer = leader.get("/ledger/")
    assert answer.context["cases"] == 1  # what was filed since is entered before it is shown
    assert answer.context["filter"]["since"].value() == "2026-04-21"
    everything = leader.get("/ledger/", ALL)
    assert everything.context["cases"] == 8
    assert {bar["key"]: bar["cases"] for bar in everything.context["stages"]} == {"filed": 5, "dispatched": 3}
    assert everything.context["classes"][0]["key"] == "event-0103"


def test_the_json_goes_on_page_by_page(desk: LedgerDesk, leader: Client) -> None:
    filed(desk)
    found, after = [], ""
    while True:
        answer = leader.get("/api/ledger", {"limit": "3", "after": after, "tally": "1"}).json()
        found += [line["number"] for line in answer["lines"]]
        assert answer["tally"]["cases"] == 7
        after = answer["next"]
        if after is None:
            break
    assert found == [line.number for line in all_pages(Asked())]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"stage": "asleep"}, "stage"),
        ({"area": "1"}, "area"),
        ({"class": "event-9x"}, "class"),
        ({"since": "2026-13-01"}, "since"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "__all__"),
        ({"since": "0001-01-01"}, "__all__"),
        ({"until": "9999-12-31"}, "__all__"),
        ({"q": "x" * 101}, "q"),
        ({"q": "a\0b"}, "q"),
        ({"after": "x"}, "after"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "1.5"}, "limit"),
    ],
)
def test_a_mistaken_question_is_answered_with_the_field(
    desk: LedgerDesk, leader: Client, query: dict[str, str], field: str
) -> None:
    answer = leader.get("/api/ledger", query)
    assert answer.status_code == 400
    assert answer.json()["where"] == {"field": field}
    # The page shows the filter again, with what is wrong.
    assert leader.get("/ledger/", query).status_code == 200


def test_strangers_are_asked_to_log_in() -> None:
    assert Client().get("/ledger/").status_code == 302
    for address in ("/api/ledger", "/ledger/export.xlsx", "/ledger/export.gpkg", "/ledger/export.csv"):
        assert Client().get(address).status_code == 401


def test_headings_are_in_the_readers_language(desk: LedgerDesk, leader: Client) -> None:
    filed(desk)
    with translation.override("zh-hans"):
        named = translation.gettext("Ledger number")
    leader.cookies["django_language"] = "zh-hans"
    assert named in body(leader.get("/ledger/export.csv", ALL)).decode()
    leader.cookies["django_language"] = "en"
    assert "Ledger number,Town,Case number" in body(leader.get("/ledger/export.csv", ALL)).decode()
