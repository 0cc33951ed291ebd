"""The grid officer's phone, 390 px wide: through a dead spot and back, everything sent, and sent once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, Watched
from tests.cases.phone import BLUE, a_jpeg

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
PHONE = {"width": 390, "height": 844}


def lines(site: Site, number: str) -> list[str]:
    """The acts in a case's history."""
    found = site.rows(
        "SELECT e.act FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id WHERE c.number = %s ORDER BY e.id",
        number,
    )
    return [act for (act,) in found]


@pytest.fixture
def dispatched(site: Site, people_of: People) -> Callable[..., str]:
    """File and dispatch a case in the officer's grids; its number."""
    desk = people_of("dispatcher")
    made = iter(range(len(site.facts["beat"])))

    def dispatching(words: str) -> str:
        lon, lat = site.facts["beat"][next(made)]
        filed = desk.post("/api/cases", {"lon": lon, "lat": lat, "words": words, "class": "event-0103"})
        desk.post(f"/api/cases/{filed['number']}/dispatch", {"note": ""})
        return str(filed["number"])

    return dispatching


@pytest.fixture
def phone(site: Site, people_of: People) -> Watched:
    """The officer with a phone that knows where it is; its network comes and goes."""
    person = people_of("officer", **PHONE)
    person.network_may_fail = True
    lon, lat = site.facts["beat"][0]
    person.context.grant_permissions(["geolocation"])
    person.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 9})
    return person


def open_list(phone: Watched, *, placed: bool = True) -> Page:
    """The list, once it stands still: a phone that knows where it is draws it anew when it has found out."""
    phone.page.goto("/my/")
    phone.until("document.documentElement.dataset.ready === 'yes'")
    phone.until("document.documentElement.dataset.worker === 'ready'", within_s=60)
    if placed:
        expect(phone.page.locator("[data-test=nearest]")).to_have_count(0)
    return phone.page


def shown(phone: Watched, where: str) -> None:
    phone.until("where => document.documentElement.dataset.shown === where", where)


def open_case(phone: Watched, number: str) -> None:
    phone.page.locator(f"a.case[data-number='{number}']").click()
    shown(phone, f"#case={number}")


def open_waiting(phone: Watched) -> None:
    """The list of what waits. Only what follows # changes: nothing is loaded that one could wait for."""
    phone.page.goto("/my/#waiting")
    shown(phone, "#waiting")


def network(phone: Watched, there: bool) -> None:
    """Give or take the network; the page knows it and is drawn."""
    phone.context.set_offline(not there)
    strip = expect(phone.page.locator("#offline"))
    strip.to_be_hidden() if there else strip.to_be_visible()


def waiting(phone: Watched, count: int) -> None:
    phone.until("count => document.documentElement.dataset.waiting === String(count)", count, within_s=60)


def a_photo(kind: str = "after", **exif: Any) -> dict[str, Any]:
    colour = BLUE if kind == "after" else (200, 30, 30)
    return {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg(colour=colour, **exif)}


def fits(page: Page) -> None:
    """Nothing sticks out sideways, and every button is large enough for a thumb."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = page.evaluate(
        """[...document.querySelectorAll("main button, main .big, main .back, main .camera, main .navigate")]
           .filter(e => e.offsetParent && !e.closest(".leaflet-container") && !e.classList.contains("drop"))
           .map(e => [e.textContent, e.getBoundingClientRect().height]).filter(([, height]) => height < 40)"""
    )
    assert small == []


def test_through_a_dead_spot_and_back_each_act_is_done_once(
    site: Site, phone: Watched, dispatched: Callable[..., str]
) -> None:
    number = dispatched("垃圾满溢")
    page = open_list(phone)
    expect(page.locator("[data-test=cases]")).to_contain_text("垃圾满溢")
    fits(page)
    open_case(phone, number)
    phone.drawn()
    fits(page)
    assert str(page.locator("[data-test=navigate]").get_attribute("href")).startswith("geo:")

    network(phone, False)
    page.click("[data-act=take_on]")
    waiting(phone, 1)
    lon, lat = site.facts["beat"][0]
    page.click("[data-act=handle]")
    expect(page.locator("[data-test=send]")).to_be_disabled()  # the photo after the work is missing
    page.set_input_files("[data-test=camera-before]", a_photo("before", lon=lon, lat=lat))
    page.set_input_files("[data-test=camera-after]", a_photo("after", lon=lon, lat=lat))
    page.fill("[data-test=note]", "已清运")
    fits(page)
    page.click("[data-test=send]")
    waiting(phone, 2)
    assert lines(site, number) == ["report", "file", "dispatch"]

    page.reload()  # the page itself is there without a network, and so is what was entered
    phone.until("document.documentElement.dataset.ready === 'yes'", within_s=60)
    waiting(phone, 2)
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator(f"a.case[data-number='{number}']")).to_have_class("case done")

    network(phone, True)
    waiting(phone, 0)
    assert lines(site, number) == ["report", "file", "dispatch", "take_on", "handle"]
    photos = site.rows(
        "SELECT p.kind, p.place_verdict FROM cases_casephoto p JOIN cases_case c ON c.id = p.case_id "
        "WHERE c.number = %s ORDER BY p.id",
        number,
    )
    assert photos == [("before", "there"), ("after", "there")]
    ((note, place),) = site.rows(
        "SELECT e.note, e.place IS NOT NULL FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id "
        "WHERE c.number = %s AND e.act = 'handle'",
        number,
    )
    assert (note, place) == ("已清运", True)


def test_an_answer_that_is_lost_on_its_way_makes_no_second_act(
    site: Site, phone: Watched, dispatched: Callable[..., str]
) -> None:
    number = dispatched("路灯不亮")
    page = open_list(phone)
    open_case(phone, number)
    arrived: list[int] = []

    def lose_the_first(route: Route) -> None:
        if not arrived:
            arrived.append(route.fetch().status)  # the server does it …
            route.abort()  # … and the phone never hears of it
        else:
            route.continue_()

    page.route("**/api/my/acts", lose_the_first)
    page.click("[data-act=ask_help]")
    page.fill("[data-test=note]", "要登高车")
    with page.expect_event("requestfailed", lambda asked: asked.url.endswith("/api/my/acts")):
        page.click("[data-test=send]")
    waiting(phone, 1)
    open_waiting(phone)
    page.locator("[data-test=send-now]").click()
    waiting(phone, 0)
    assert arrived == [200]
    assert lines(site, number) == ["report", "file", "dispatch", "ask_help"]


def test_what_is_beyond_duty_is_entered_in_a_dead_spot_and_goes_up_once(
    site: Site, phone: Watched, dispatched: Callable[..., str]
) -> None:
    number = dispatched("电缆外露")
    page = open_list(phone)
    open_case(phone, number)
    phone.context.set_offline(True)
    page.click("[data-act=escalate]")
    page.fill("[data-test=note]", "属电力公司")
    expect(page.locator("[data-test=send]")).to_be_disabled()  # nothing is said of what was done meanwhile
    page.fill("[data-test=measure]", "已拉警戒线")
    fits(page)
    page.click("[data-test=send]")
    waiting(phone, 1)
    open_case(phone, number)
    expect(page.locator("[data-act=handle]")).to_have_count(0)  # it will be another's work
    phone.context.set_offline(False)
    waiting(phone, 0)
    assert lines(site, number) == ["report", "file", "dispatch", "escalate"]
    kinds = site.rows(
        "SELECT m.kind FROM cases_message m JOIN cases_message_cases l ON l.message_id = m.id "
        "JOIN cases_case c ON c.id = l.case_id WHERE c.number = %s ORDER BY m.id",
        number,
    )
    assert kinds[0] == ("reported_up",)
    expect(page.locator(f"a.case[data-number='{number}']")).to_have_count(0, timeout=20_000)


def test_who_was_slower_is_told_in_words_and_it_is_kept_to_be_seen(
    site: Site, phone: Watched, people_of: People, dispatched: Callable[..., str]
) -> None:
    number = dispatched("井盖移位")
    page = open_list(phone)
    phone.expected.add(409)
    open_case(phone, number)
    network(phone, False)
    page.click("[data-act=take_on]")
    waiting(phone, 1)
    other = people_of("community", **PHONE)
    open_list(other, placed=False)
    open_case(other, number)
    other.page.click("[data-act=take_on]")
    other.until("document.documentElement.dataset.sent")
    network(phone, True)
    phone.until("document.documentElement.dataset.refused === '1'", within_s=60)
    open_waiting(phone)
    item = page.locator("[data-state=refused]")
    expect(item).to_contain_text(number)
    name = site.rows(
        "SELECT name_zh FROM cells_person p JOIN auth_user u ON u.id = p.user_id WHERE username = 'community'"
    )
    expect(item.locator(".problem")).to_contain_text(name[0][0])
    fits(page)
    page.click("[data-test=forget]")
    phone.until("document.documentElement.dataset.refused === '0'")
    assert lines(site, number) == ["report", "file", "dispatch", "take_on"]


def test_what_was_fixed_on_the_spot_is_reported_with_its_photo(site: Site, phone: Watched) -> None:
    page = open_list(phone)
    page.click("[data-test=new]")
    words = f"扶起倒伏的单车 {uuid4().hex[:6]}"  # this attempt's
    page.fill("[data-test=note]", words)
    expect(page.locator("[data-test=send]")).to_be_disabled()
    page.set_input_files("[data-test=camera-after]", a_photo())
    fits(page)
    page.click("[data-test=send]")
    phone.until("document.documentElement.dataset.sent")
    found = site.rows("SELECT stage, on_spot, source_id FROM cases_case WHERE words = %s", words)
    assert found == [("handled", True, "patrol")]


def test_a_file_that_is_too_large_is_told_at_once(
    phone: Watched, dispatched: Callable[..., str], tmp_path: Path
) -> None:
    number = dispatched("占道经营")
    page = open_list(phone)
    open_case(phone, number)
    big = tmp_path / "big.jpg"
    big.write_bytes(b"\xff" * 21_000_000)
    page.set_input_files("[data-test=camera-before]", big)
    expect(page.locator(".toast.bad")).to_contain_text("20")
    assert page.evaluate("document.documentElement.dataset.waiting") == "0"


def test_nothing_but_the_page_is_kept_and_nothing_after_logging_out(
    phone: Watched, dispatched: Callable[..., str]
) -> None:
    dispatched("乱堆物料")
    page = open_list(phone)
    kept = """async () => {
        const paths = async name => (await (await caches.open(name)).keys()).map(r => new URL(r.url).pathname);
        return (await Promise.all((await caches.keys()).map(paths))).flat(); }"""
    paths = page.evaluate(kept)
    assert "/my/" in paths
    assert [p for p in paths if p.startswith(("/login", "/admin", "/api", "/photos", "/password"))] == []
    page.click(".menu summary")
    page.click(".menu-items form button")
    phone.until(f"({kept})().then(paths => !paths.includes('/my/'))")
