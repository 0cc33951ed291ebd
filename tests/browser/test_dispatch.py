"""The dispatcher's day on the map, in a real browser against the real site."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
CASE_IS_DRAWN = """number => wanmi.city.drawn.getLayer("case")
    && wanmi.city.drawn.queryRenderedFeatures({ layers: ["case"] }).some(drawn => drawn.properties.number === number)"""


def panel(page: Page, part: str) -> str:
    """What the panel says in one of its parts, once the answer is there."""
    found = page.locator(f"#panel [data-test={part}]")
    found.wait_for()
    return found.inner_text()


def search(page: Page, words: str) -> None:
    """Type into the search box and press Enter."""
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def at(lonlat: list[float], zoom: float = 16) -> str:
    """The address of the map with a view."""
    return f"/#map={zoom}/{lonlat[1]:.5f}/{lonlat[0]:.5f}"


def file_case(page: Page) -> str:
    """Two clicks: the class, the button; the number that the map tells."""
    page.locator("#filing .chip").first.click()
    page.locator("#filing [data-test=file]").click()
    told = page.locator(".toast.good")
    told.wait_for()
    number = re.search(r"\d{10,}", told.inner_text())
    assert number, told.inner_text()
    return number[0]


def test_from_a_typed_name_to_a_dispatched_case_in_three_steps(site: Site, people_of: People) -> None:
    desk, other = people_of("dispatcher"), people_of("operator")
    other.open(at(site.facts["place_at"]))
    expect(other.page.locator("html")).to_have_attribute("data-live", "on")
    page = desk.open()
    search(page, site.facts["place"])  # first
    community = panel(page, "community")
    cell = panel(page, "cell")
    assert community in page.locator("[data-test=file]").inner_text()
    number = file_case(page)  # second and third
    other.until(CASE_IS_DRAWN, number)  # without reloading
    stored = site.case(number)
    assert stored is not None
    assert (stored["stage"], stored["cell"]) == ("dispatched", cell)
    assert cell.startswith(stored["owner"])
    assert stored["address"] == site.facts["place"]
    desk.until(CASE_IS_DRAWN, number)
    expect(page.locator("#near .near-cases li")).not_to_have_count(0)


def test_a_click_inside_a_cell_names_it_and_marks_it(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    desk.click_at(site.facts["cell_at"])
    assert panel(page, "cell") == site.facts["cell"]
    assert panel(page, "community") == site.facts["cell_community"]
    marked = """() => wanmi.city.drawn.queryRenderedFeatures({ layers: ["cell-chosen"] })
        .filter(f => f.state.chosen).map(f => f.properties.code)"""
    desk.until(f"() => ({marked})().length > 0")
    assert set(page.evaluate(marked)) == {site.facts["cell"]}


def test_a_place_on_a_shared_border_names_all_who_share_it(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    lon, lat = site.facts["border"]
    search(page, f"{lon!r}, {lat!r}")
    smallest, *others = site.facts["border_cells"]
    reason = panel(page, "why")
    owner = panel(page, "cell")
    # A corner may be shared by more than the two whose border it ends: the smallest code of all owns it.
    assert owner <= smallest
    assert all(code in reason for code in {smallest, *others})


def test_outside_the_city_says_how_far_and_offers_no_filing(people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    west, south, east, north = page.evaluate("JSON.parse(document.getElementById('config').textContent).bounds")
    search(page, f"{east + (east - west) / 4:.6f}, {(south + north) / 2:.6f}")
    reason = panel(page, "why")
    assert re.search(r"\d+ ?(m|km)", reason), reason
    assert page.locator("[data-test=file]").count() == 0
    assert page.locator("#panel .owner.outside").is_visible()


def test_swapped_coordinates_are_told_not_guessed(site: Site, people_of: People) -> None:
    desk = people_of()
    desk.expected.add(400)
    page = desk.open()
    lon, lat = site.facts["cell_at"]
    search(page, f"{lat:.6f}, {lon:.6f}")
    # The answer names the values found.
    assert f"{lon:.4f}"[:6] in panel(page, "problem")


def test_a_coordinate_of_a_chinese_web_map_is_shifted_back(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    lon, lat = site.facts["cell_at"]
    page.keyboard.press("/")
    page.keyboard.type(f"{lon:.6f}, {lat:.6f}")
    page.select_option("#crs", "GCJ-02")
    page.locator("#words").press("Enter")
    panel(page, "why")
    pin = page.evaluate("(() => { const p = wanmi.city.marker.getLayers()[0].getLatLng(); return [p.lng, p.lat]; })()")
    metres = ((pin[0] - lon) * 91_000) ** 2 + ((pin[1] - lat) * 111_000) ** 2
    # GCJ-02 lies 100 to 700 m beside WGS 84 everywhere in China.
    assert 100**2 < metres < 1000**2


def test_a_link_brings_back_view_place_and_layers(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    desk.click_at(site.facts["cell_at"])
    assert panel(page, "cell") == site.facts["cell"]
    page.locator("#legend").evaluate("legend => { legend.open = true; }")
    page.locator("#layers input[type=checkbox]").first.uncheck()
    link = page.evaluate("location.hash")
    again = people_of("operator").open(f"/{link}")
    assert panel(again, "cell") == site.facts["cell"]
    expect(again.locator("#layers input[type=checkbox]").first).not_to_be_checked()
    assert again.evaluate("wanmi.city.leaflet.getZoom()") == page.evaluate("wanmi.city.leaflet.getZoom()")


def test_back_returns_to_the_place_before(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    desk.click_at(site.facts["cell_at"])
    assert panel(page, "cell") == site.facts["cell"]
    search(page, site.facts["place"])
    expect(page.locator("#panel h2")).to_have_text(site.facts["place"])
    page.go_back()
    expect(page.locator("#panel [data-test=cell]")).to_have_text(site.facts["cell"])


def test_keys_alone_find_file_and_close(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    search(page, site.facts["place"])
    panel(page, "community")
    field = page.locator("#class-words")
    field.focus()
    page.keyboard.type("0102")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    told = page.locator(".toast.good")
    told.wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


def test_two_presses_of_the_button_file_one_case(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    desk.click_at(site.facts["cell_at"])
    page.locator("#filing .chip").first.click()
    filed = []
    page.on("request", lambda asked: filed.append(asked.post_data) if asked.method == "POST" else None)
    page.locator("#filing [data-test=file]").dblclick()
    page.locator(".toast.good").wait_for()
    assert len([body for body in filed if body and "lon" in body]) == 1


def test_the_page_speaks_english_when_asked(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    desk.click_at(site.facts["cell_at"])
    chinese = panel(page, "why")
    page.get_by_role("button", name="English").click()
    desk.until("document.documentElement.lang === 'en'")
    desk.drawn()
    english = panel(page, "why")
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert "lies inside this cell" in english
    texts = page.locator("header.bar, .finder, #legend, #filing").all_inner_texts()
    left = [word for text in texts for word in re.findall(r"[\u4e00-\u9fff]+", text) if word != "中文"]
    assert left == []


def test_on_a_phone_the_answer_comes_as_a_sheet_from_below(site: Site, people_of: People) -> None:
    phone = people_of(width=390, height=844)
    page = phone.open(at(site.facts["cell_at"], 17))
    phone.click_at(site.facts["cell_at"])
    assert panel(page, "cell") == site.facts["cell"]
    sheet = page.locator("#panel").bounding_box()
    assert sheet is not None
    assert sheet["x"] <= 10
    assert sheet["width"] >= 370
    assert sheet["y"] > 844 * 0.25  # the map is still seen
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    button = page.locator("[data-test=file]")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 40  # room for a finger


def test_without_a_session_the_map_asks_to_log_in(site: Site, people_of: People) -> None:
    guest = people_of(None)
    guest.page.goto("/")
    expect(guest.page).to_have_url(re.compile("/login/"))
    guest.page.fill("input[name=username]", "dispatcher")
    guest.page.fill("input[name=password]", "dispatcher")
    guest.page.click("button.primary")
    expect(guest.page).to_have_url(re.compile(rf"^{re.escape(site.url)}/(#|$)"))
    guest.drawn()


def test_a_lost_server_is_told_and_nothing_is_lost(site: Site, people_of: People) -> None:
    desk = people_of()
    page = desk.open()
    desk.click_at(site.facts["cell_at"])
    page.locator("#filing .chip").first.click()
    words = page.locator("#case-words")
    words.fill("井盖松动")
    desk.network_may_fail = True
    page.route("**/api/cases", lambda route: route.abort())
    page.locator("#filing [data-test=file]").click()
    page.locator(".toast.bad").wait_for()
    assert words.input_value() == "井盖松动"
    page.unroute("**/api/cases")
    page.locator("#filing [data-test=file]").click()
    page.locator(".toast.good").wait_for()
