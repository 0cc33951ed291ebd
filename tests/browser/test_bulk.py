"""Many cases at once in a real browser: drawn round on the desk's map, given away by one act, taken back by one."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched
from tests.browser.test_desk import at_desk

pytestmark = pytest.mark.browser
People = Callable[..., Watched]


def dispatched(site: Site, centre: Watched, words: str, *, beat: int) -> str:
    """A case in the officer's grids that its community has and nobody works on."""
    lon, lat = site.facts["beat"][beat]
    filed = centre.post("/api/cases", {"lon": lon, "lat": lat, "words": words, "class": "event-0103"})
    centre.post(f"/api/cases/{filed['number']}/dispatch", {})
    return str(filed["number"])


def drawn_round(page: Page) -> None:
    """A lasso round everything on the map, by the mouse."""
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    assert box
    x, y, wide, high = (
        box["x"] + box["width"] / 2,
        box["y"] + box["height"] / 2,
        box["width"] * 0.47,
        box["height"] * 0.47,
    )
    # Not by the corner where the map's own buttons are: a drag that begins there is none.
    page.mouse.move(x - wide, y)
    page.mouse.down()
    for step in range(1, 33):
        turn = math.pi + step / 32 * 2 * math.pi
        page.mouse.move(x + wide * math.cos(turn), y + high * math.sin(turn))
    page.mouse.up()


def work_of(site: Site, numbers: list[str]) -> list[str | None]:
    found = site.rows(
        "SELECT u.username FROM cases_case c LEFT JOIN auth_user u ON u.id = c.assignee_id "
        "WHERE c.number = ANY(%s) ORDER BY c.number",
        numbers,
    )
    return [name for (name,) in found]


def test_cases_drawn_round_on_the_map_are_given_away_at_once_and_taken_back_at_once(
    site: Site, people_of: People
) -> None:
    centre = people_of("dispatcher")
    numbers = [dispatched(site, centre, f"批量{beat}", beat=beat) for beat in (0, 1, 2)]
    desk = people_of("community", width=1440, height=900)
    page = at_desk(desk, "assign")
    waiting = page.locator("#cases li[data-number]").count()
    assert waiting >= 3
    desk.until("count => document.documentElement.dataset.dots === String(count)", waiting, within_s=30)
    desk.drawn()
    page.locator("[data-tool=lasso]").click()
    drawn_round(page)
    expect(page.locator("#cases li.chosen")).to_have_count(waiting)
    expect(page.locator(".bulk-rows li")).to_have_count(waiting)
    page.locator("[data-test=assign-all]").dblclick()
    expect(page.locator("[data-test=outcome]")).to_be_visible()
    expect(page.locator("#cases li[data-number]")).to_have_count(0)
    assert None not in work_of(site, numbers)

    page.locator("[data-test=undo]").click()
    expect(page.locator("[data-test=undone]")).to_be_visible()
    for number in numbers:
        expect(page.locator(f"#cases [data-number='{number}']")).to_have_count(1)
    assert work_of(site, numbers) == [None] * 3
    acts = site.rows(
        "SELECT act FROM cases_caseevent e JOIN cases_case c ON c.id = case_id WHERE number = %s ORDER BY e.id",
        numbers[0],
    )
    assert [act for (act,) in acts] == ["report", "file", "dispatch", "assign", "unassign"]


def test_ticks_in_the_list_choose_a_run_and_a_phone_goes_to_the_map_by_a_button(site: Site, people_of: People) -> None:
    centre = people_of("dispatcher")
    for beat in (0, 1, 2):
        dispatched(site, centre, f"勾选{beat}", beat=beat)
    phone = at_desk(people_of("community", width=390, height=844), "assign")
    ticks = phone.locator("#cases .choose")
    expect(ticks.nth(2)).to_be_visible()
    ticks.nth(0).click()
    ticks.nth(2).click(modifiers=["Shift"])
    expect(phone.locator("#cases li.chosen")).to_have_count(3)
    phone.locator("[data-test=to-map]").click()
    expect(phone.locator(".bulk-rows li")).to_have_count(3)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.locator(".bulk-rows .drop").first.click()
    expect(phone.locator(".bulk-rows li")).to_have_count(2)
    phone.locator("[data-test=none]").click()
    expect(phone.locator("[data-test=assign-all]")).to_have_count(0)


def test_an_answer_that_the_caller_refuses_opens_the_case_again(site: Site, people_of: People) -> None:
    centre = people_of("dispatcher", width=1440, height=900)
    page = at_desk(centre)
    number = dispatched(site, centre, "答复不认可", beat=0)
    centre.post(f"/api/cases/{number}/join", {"name": "王小明", "telephone": "13812345678"})
    unit = people_of("community")
    unit.post(f"/api/cases/{number}/acts", {"act": "handle", "key": f"h{number}"})
    centre.post(f"/api/cases/{number}/acts", {"act": "ask_check", "key": f"c{number}"})
    [[checker]] = site.rows(
        "SELECT u.username FROM cases_case c JOIN auth_user u ON u.id = c.asked_of_id WHERE c.number = %s", number
    )
    people_of(checker).post(f"/api/cases/{number}/acts", {"act": "pass_check", "key": f"p{number}"})
    centre.post(f"/api/cases/{number}/acts", {"act": "close", "key": f"z{number}"})

    page.fill("#find-number", number)  # a closed case is in no queue: it is opened by its number
    page.keyboard.press("Enter")
    expect(page.locator("#case .case-head .code")).to_have_text(number)
    expect(page.locator("#case .callers")).to_contain_text("138******78")
    page.locator("[data-test=whole-numbers]").click()
    expect(page.locator("#case .callers")).to_contain_text("13812345678")
    page.locator("[data-test=answer-refused]").click()
    page.locator(".act-form textarea").fill("仍有积水")
    page.locator(".act-form [data-test=do]").click()
    expect(page.locator("#case [data-act=dispatch]")).to_be_visible()
    [[stage, looks]] = site.rows(
        "SELECT stage, (SELECT count(*) FROM cases_callerlook l WHERE l.case_id = c.id) FROM cases_case c "
        "WHERE number = %s",
        number,
    )
    assert (stage, looks) == ("filed", 1)
