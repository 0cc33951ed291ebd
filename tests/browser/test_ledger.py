"""The ledger in a real browser: filtered, turned over, exported, and a line opened on the map."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import psycopg
import pytest

from tests.browser.conftest import PATIENCE_S, Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]


def open_ledger(person: Watched) -> None:
    """The whole ledger, once every case filed so far stands in it: what still runs on the server holds the last."""
    give_up = time.monotonic() + PATIENCE_S
    person.page.goto("/ledger/?since=&until=")
    while person.page.locator("main .message").count():
        assert time.monotonic() < give_up, person.page.locator("main .message").inner_text()
        person.page.wait_for_timeout(300)
        person.page.reload()


def numbers(person: Watched) -> list[str]:
    """The numbers of the cases on the page, from the top."""
    return person.page.eval_on_selector_all("#lines tbody tr", "rows => rows.map(row => row.dataset.number)")


def total(person: Watched) -> int:
    return int(person.page.locator("#cases").inner_text())


def of_database(site: Site, condition: str = "true") -> list[str]:
    """Numbers of entered cases in the order of the ledger, by plain SQL."""
    with psycopg.connect(site.database_url.replace("postgis://", "postgresql://")) as connection:
        found = connection.execute(
            "SELECT c.number FROM cases_ledgerentry l JOIN cases_case c ON c.id = l.case_id "
            f"WHERE {condition} ORDER BY l.filed_at DESC, l.id DESC"
        ).fetchall()
    return [number for (number,) in found]


def test_a_leader_filters_turns_over_and_exports_what_is_shown(site: Site, people_of: People, tmp_path: Path) -> None:
    person = people_of("leader", language="en-US", width=1440, height=900)
    page = person.page
    open_ledger(person)
    everything = of_database(site)
    assert total(person) == len(everything) > 100
    assert numbers(person) == everything[:50]
    page.locator("#older").click()
    page.wait_for_url(re.compile("after="))
    assert numbers(person) == everything[50:100]
    # A bar asks for its stage; the choice of a town shows at once.
    page.locator("#newest").click()
    page.locator('#by-stage [data-key="closed"]').click()
    page.wait_for_url(re.compile("stage=closed"))
    closed = of_database(site, "c.stage = 'closed'")
    assert total(person) == len(closed)
    town = page.locator("#id_area optgroup option").first.get_attribute("value")
    page.select_option("#id_area", town)
    page.wait_for_url(re.compile(f"area={town}"))
    wanted = of_database(site, f"c.stage = 'closed' AND l.town_id = (SELECT id FROM cells_grid WHERE code = '{town}')")
    assert 0 < len(wanted) < len(closed)
    assert total(person) == len(wanted)
    with page.expect_download() as started:
        page.locator('[data-file="xlsx"]').click()
    path = tmp_path / "ledger.xlsx"
    started.value.save_as(path)
    rows = [row for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True) if row[2:3] and row[2]]
    assert [row[2] for row in rows] == ["Case number", *wanted]
    for form in ("gpkg", "csv"):
        with page.expect_download() as started:
            page.locator(f'[data-file="{form}"]').click()
        assert started.value.path().stat().st_size > 1000


def test_a_line_opens_its_case_on_the_map(site: Site, people_of: People) -> None:
    person = people_of("dispatcher", width=1200, height=800)
    page = person.page
    open_ledger(person)
    number = numbers(person)[0]
    page.locator("#lines tbody tr").first.locator(".owner").click()
    page.wait_for_url(re.compile(r"/#map=17/"))
    page.locator("[data-test=community]").wait_for()
    assert number in page.locator("#panel h2").inner_text()


def test_an_officer_sees_his_community_alone_and_it_fits_his_phone(site: Site, people_of: People) -> None:
    desk = people_of("leader")
    open_ledger(desk)
    phone = people_of("community", width=390, height=844)
    open_ledger(phone)
    mine = of_database(
        site,
        "c.owner_id = (SELECT p.territory_id FROM cells_person p JOIN auth_user u ON u.id = p.user_id "
        "WHERE u.username = 'community')",
    )
    assert total(phone) == len(mine) < total(desk)
    assert numbers(phone) == mine[:50]
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    # The further fields are folded away until they are asked for.
    assert not phone.page.locator("#id_stage").is_visible()
    phone.page.locator("details.more summary").click()
    phone.page.select_option("#id_stage", "void")
    phone.page.wait_for_url(re.compile("stage=void"))
    assert phone.page.locator("#id_stage").is_visible()
