"""The desks in a real browser: a case goes from seat to seat by buttons and keys, seen by each without reloading."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]


def reported(site: Site, collector: Watched, words: str, *, beat: int = 0) -> str:
    """A case that a collector reports in the community's grids: nobody has filed it."""
    lon, lat = site.facts["beat"][beat]
    data = {"lon": lon, "lat": lat, "words": words, "class": "event-0103", "source": "patrol"}
    return str(collector.post("/api/cases", data)["number"])


def at_desk(person: Watched, queue: str = "") -> Page:
    person.page.goto(f"/desk/#{queue}")
    expect(person.page.locator("html")).to_have_attribute("data-ready", "yes")
    expect(person.page.locator("html")).to_have_attribute("data-live", "on")
    return person.page


def open_case(page: Page, queue: str, number: str) -> None:
    page.locator(f"[data-queue={queue}]").click()
    page.locator(f"#cases [data-number='{number}'] a").click()
    expect(page.locator("#case .case-head .code")).to_have_text(number)


def act(page: Page, name: str) -> None:
    page.locator(f"#case [data-act={name}]").click()


def stands(page: Page, stage: str) -> None:
    expect(page.locator("#case .stage-chip")).to_have_text(stage)


def test_a_case_goes_from_the_report_to_the_answer_over_the_desks(site: Site, people_of: People) -> None:
    centre = people_of("dispatcher", width=1440, height=900)
    page = at_desk(centre, "verify")
    number = reported(site, people_of("collector"), "从头到尾")
    centre.post(f"/api/cases/{number}/join", {"telephone": "13800000001"})
    open_case(page, "verify", number)  # it came by itself
    act(page, "file")
    stands(page, "已立案")
    act(page, "dispatch")
    stands(page, "已派遣")

    unit = at_desk(people_of("community", width=1440, height=900), "assign")
    open_case(unit, "assign", number)
    act(unit, "assign")
    name = unit.locator(".choice span").first.inner_text()
    unit.locator(".act-form [data-test=do]").click()
    expect(unit.locator("#case .facts")).to_contain_text(name)
    act(unit, "handle")
    unit.locator(".act-form textarea").fill("已修好")
    unit.locator(".act-form [data-test=do]").click()
    stands(unit, "已处置")

    stands(page, "已处置")  # the dispatcher sees it without reloading
    act(page, "ask_check")
    stands(page, "待核查")
    [[checker]] = site.rows(
        "SELECT u.username FROM cases_case c JOIN auth_user u ON u.id = c.asked_of_id WHERE c.number = %s", number
    )
    spot = at_desk(people_of(checker, width=1440, height=900), "check")
    open_case(spot, "check", number)
    act(spot, "pass_check")
    stands(spot, "核查通过")

    open_case(page, "close", number)
    stands(page, "核查通过")
    page.keyboard.press("Enter")  # from the case to its first act: closing
    page.keyboard.press("Enter")
    page.locator(".act-form textarea").fill("感谢您的来电")
    page.locator(".act-form [data-test=do]").dblclick()
    stands(page, "已结案")
    expect(page.locator(f"#cases [data-number='{number}']")).to_have_count(0)
    said = site.rows("SELECT kind, o.to, body FROM cases_outgoing o WHERE key LIKE %s", f"answer/{number}/%")
    assert [(kind, to, body.splitlines()[-1]) for kind, to, body in said] == [("phone", "13800000001", "感谢您的来电")]
    lines = site.rows(
        "SELECT act FROM cases_caseevent e JOIN cases_case c ON c.id = case_id WHERE number = %s ORDER BY e.id",
        number,
    )
    assert [line for (line,) in lines] == [
        "report", "file", "dispatch", "assign", "handle", "ask_check", "pass_check", "close",
    ]  # fmt: skip


def test_keys_walk_through_the_list_and_a_phone_shows_one_thing_at_a_time(site: Site, people_of: People) -> None:
    collector = people_of("collector")
    for beat in (1, 2):
        reported(site, collector, f"第{beat}件", beat=beat)
    page = at_desk(people_of("dispatcher", width=1440, height=900), "verify")
    numbers = [found.get_attribute("data-number") for found in page.locator("#cases li[data-number]").all()]
    assert len(numbers) >= 2
    for key, expected in (("j", numbers[0]), ("j", numbers[1]), ("k", numbers[0])):
        page.keyboard.press(key)
        expect(page.locator("#case .case-head .code")).to_have_text(str(expected))
    act(page, "decline")
    page.keyboard.press("j")  # a letter of the reason, not a step
    expect(page.locator(".act-form textarea")).to_have_value("j")
    page.keyboard.press("Escape")
    expect(page.locator(".act-form")).to_have_count(0)

    phone = at_desk(people_of("dispatcher", width=390, height=844), "verify")
    expect(phone.locator("#case")).to_be_hidden()
    phone.locator("#cases li[data-number] a").first.click()
    expect(phone.locator("#case .acts button").first).to_be_visible()
    expect(phone.locator("#cases")).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.locator("#case .back").click()
    expect(phone.locator("#cases")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
