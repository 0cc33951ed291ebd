"""The hotline operator's call, in a real browser against the real site: by keys alone, and on bad days."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from spatial.gcj02 import wgs84_to_gcj02
from tests.browser.conftest import Site, Watched, manage

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
LAMP = "路灯不亮，晚上很黑"
# Cases are told apart by their words; those of an attempt that was cut off are not this one's.
_nth = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def _model(site: Site) -> None:
    """The city's words are learnt: the seat suggests classes."""
    environment = os.environ | {"DATABASE_URL": site.database_url}
    environment.pop("CITY_DATABASE", None)
    manage(environment, "train_categories")


def lamp(about: str) -> str:
    """Words of a case that no other one has."""
    return f"{LAMP}，{about}{next(_nth)}"


def cases_with(site: Site, words: str) -> list[str]:
    """The numbers of the cases with these very words."""
    return [row[0] for row in site.rows("SELECT number FROM cases_case WHERE words = %s", words)]


def seat(people_of: People, **how: Any) -> Watched:
    """The seat of an operator, ready for the first word."""
    person = people_of("operator", **{"width": 1440, "height": 900, **how})
    person.page.goto(f"{person.site.url}/hotline/")
    person.until("document.documentElement.dataset.ready === 'yes'", within_s=60)
    return person


def settled(part: Locator) -> None:
    """Wait until a part of the page has its answer from the server."""
    expect(part).to_have_attribute("aria-busy", "false")


def say(person: Watched, words: str) -> None:
    """The caller's words, and the class that they suggest."""
    page = person.page
    page.keyboard.press("Alt+2")
    page.keyboard.type(words)
    settled(page.locator("#suggested"))
    expect(page.locator(".suggestion[aria-pressed=true]")).to_have_count(1)


def find(person: Watched, place: str) -> None:
    """The best place for what is typed, once its owner and its twins are there."""
    page = person.page
    page.keyboard.press("Alt+3")
    page.keyboard.type(place)
    page.keyboard.press("Enter")
    page.locator("#answer [data-test=community]").wait_for()
    settled(page.locator("#twins"))
    expect(page.locator("#file")).not_to_have_class(re.compile("not-yet"))


def number_of(page: Page) -> str:
    """The number that the result line says."""
    told = page.locator("#result [data-test=number]")
    told.wait_for()
    return told.inner_text()


def test_from_the_address_to_a_dispatched_case_in_three_interactions(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    page.keyboard.type("0371 1234567")  # the telephone has the focus
    words = lamp("第一次")
    say(desk, words)
    page.keyboard.press("Alt+3")
    page.keyboard.type(site.facts["place"])  # first
    page.keyboard.press("Enter")  # second
    page.locator("#answer [data-test=community]").wait_for()
    community = page.locator("#answer [data-test=community]").inner_text()
    assert community in page.locator("#file").inner_text()
    page.keyboard.press("Control+Enter")  # third
    number = number_of(page)
    stored = site.case(number)
    assert stored is not None
    assert (stored["stage"], stored["words"], stored["address"]) == ("dispatched", words, site.facts["place"])
    told = page.locator("#result").inner_text()
    assert community in told
    assert re.search(r"\d+ ?(个工作日|工作时|小时|天)", told), told
    caller = "SELECT r.telephone, r.name, r.is_anonymous FROM cases_caller r JOIN cases_case c ON c.id = r.case_id"
    assert site.rows(f"{caller} WHERE c.number = %s", number) == [("03711234567", "", False)]
    expect(page.locator(f"#calls li[data-number='{number}']")).to_have_attribute("data-stage", "dispatched")
    assert "1234567" not in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#telephone")).to_be_focused()
    fields = ("#telephone", "#said", "#words", "#class-words")
    assert [page.locator(field).input_value() for field in fields] == [""] * 4


def test_tab_goes_through_the_call_in_its_order_and_nothing_needs_a_mouse(people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    reached = []
    for _ in range(8):
        reached.append(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Tab")
    assert reached == ["telephone", "caller-name", "anonymous", "said", "words", "class-words", "emergency", "file"]
    page.keyboard.press("Alt+4")
    page.keyboard.type("0102")
    page.keyboard.press("Enter")
    expect(page.locator("#class-words")).to_have_value(re.compile("^0102 "))
    # What is missing is told, and the key leads there.
    page.keyboard.press("Control+Enter")
    expect(page.locator("#words")).to_be_focused()
    assert page.locator("#told").inner_text()


def test_the_digit_keys_take_a_suggestion(people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    say(desk, LAMP)
    second = page.locator(".suggestion .name").nth(1).inner_text()
    page.locator("#over").focus()
    page.keyboard.press("2")
    expect(page.locator(".suggestion").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#class-words")).to_have_value(re.compile(re.escape(second)))
    assert "%" in page.locator(".model").inner_text()


def test_a_second_caller_joins_the_case_that_is_there(site: Site, people_of: People) -> None:
    first, second = seat(people_of), seat(people_of)
    words, second_words = lamp("要并案"), lamp("也是这里")
    say(first, words)
    find(first, site.facts["place"])
    first.page.keyboard.press("Control+Enter")
    number = number_of(first.page)
    page = second.page
    page.keyboard.type("13800000001")
    say(second, second_words)
    find(second, site.facts["place"])
    twin = page.locator(f".twin[data-number='{number}']")
    twin.wait_for()
    assert words in twin.inner_text()
    marks = "[document.querySelectorAll('.twin-mark').length, document.querySelectorAll('.twin').length]"
    drawn, listed = page.evaluate(marks)
    assert drawn == listed >= 1
    twin.locator("button").press("Enter")
    assert number_of(page) == number
    assert cases_with(site, second_words) == []
    joined = site.rows(
        "SELECT r.telephone, r.words FROM cases_caller r JOIN cases_case c ON c.id = r.case_id "
        "WHERE c.number = %s ORDER BY r.id",
        number,
    )
    assert joined == [("", ""), ("13800000001", second_words)]
    expect(page.locator(f"#calls li[data-number='{number}'] .tag")).to_be_visible()


def test_one_key_joins_the_nearest_twin(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    say(desk, LAMP)
    find(desk, site.facts["place"])
    page.keyboard.press("Control+Enter")
    number_of(page)
    page.keyboard.press("Enter")  # the next call
    say(desk, LAMP)
    find(desk, site.facts["place"])
    nearest = page.locator(".twin").first.get_attribute("data-number")
    page.keyboard.press("Alt+j")
    assert number_of(page) == nearest


def test_a_double_click_and_a_lost_answer_make_one_case(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    words = lamp("双击")
    desk.network_may_fail = True
    say(desk, words)
    find(desk, site.facts["place"])
    sent: list[Any] = []

    def lose_the_first_answer(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "{}"))
        if len(sent) == 1:
            route.fetch()  # the server has it, the page never hears
            route.abort()
        else:
            route.continue_()

    page.route("**/api/cases", lose_the_first_answer)
    page.locator("#file").dblclick()
    number = number_of(page)
    assert [body["key"] for body in sent] == [sent[0]["key"]] * 2
    assert cases_with(site, words) == [number]
    assert (site.case(number) or {})["stage"] == "dispatched"


def test_without_a_network_the_call_is_kept_and_sent_once_when_it_is_back(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    words = lamp("断网")
    desk.network_may_fail = True
    say(desk, words)
    find(desk, site.facts["place"])
    desk.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.locator("#result [data-test=waiting]").wait_for()
    assert cases_with(site, words) == []
    # The next call can be taken meanwhile.
    page.keyboard.press("Escape")
    expect(page.locator("#calls li.waiting")).to_have_count(1)
    page.keyboard.type("13900000002")
    desk.context.set_offline(False)
    page.locator(".toast.good").wait_for()
    assert len(cases_with(site, words)) == 1
    expect(page.locator("#calls li.waiting")).to_have_count(0)
    assert page.locator("#telephone").input_value() == "13900000002"


def test_without_a_database_the_call_outlives_a_reload_and_is_sent_once(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    desk.expected.add(503)
    words = lamp("数据库")
    say(desk, words)
    find(desk, site.facts["place"])
    away = json.dumps({"error": "no_database", "sentence": "The database does not answer.", "detail": "", "hint": ""})
    page.route("**/api/cases", lambda route: route.fulfill(status=503, content_type="application/json", body=away))
    page.keyboard.press("Control+Enter")
    page.locator("#result [data-test=waiting]").wait_for()
    page.reload()
    desk.until("document.documentElement.dataset.ready === 'yes'", within_s=60)
    page.locator("#result [data-test=waiting]").wait_for()
    assert page.locator("#said").input_value() == words
    assert cases_with(site, words) == []
    page.unroute("**/api/cases")
    number = number_of(page)
    assert cases_with(site, words) == [number]


def test_what_was_entered_outlives_a_reload_in_this_tab_alone(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    page.keyboard.type("13800000003")
    page.keyboard.press("Enter")
    page.keyboard.type("赵女士")
    say(desk, LAMP)
    find(desk, site.facts["place"])
    community = page.locator("#answer [data-test=community]").inner_text()
    page.reload()
    desk.until("document.documentElement.dataset.ready === 'yes'", within_s=60)
    expect(page.locator("#answer [data-test=community]")).to_have_text(community)
    assert [page.locator(field).input_value() for field in ("#telephone", "#caller-name", "#said", "#words")] == [
        "13800000003",
        "赵女士",
        LAMP,
        site.facts["place"],
    ]
    assert page.evaluate("Object.values(localStorage).join()") == ""
    # An anonymous caller leaves nothing, not even here.
    page.locator("#anonymous").check()
    assert "赵女士" not in page.evaluate("Object.values(sessionStorage).join()")
    page.locator("#over").click()
    assert page.evaluate("Object.keys(sessionStorage).filter(name => name.startsWith('hotline')).length") == 0


def test_near_a_border_the_side_is_asked_before_the_case_is_filed(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    say(desk, LAMP)
    lon, lat = site.facts["border"]
    page.keyboard.press("Alt+3")
    page.keyboard.type(f"{lon + 0.000012!r}, {lat + 0.000012!r}")
    page.keyboard.press("Enter")
    page.locator("#answer [data-test=community]").wait_for()
    page.locator("#accuracy").select_option("25")
    page.locator(".side-question.open").wait_for()
    own, other = page.locator(".side-answers button").all()[:2]
    before, others_name = own.inner_text(), other.inner_text().split("\n")[0].strip()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#confirm-side")).to_be_focused()
    assert page.locator("#result").is_hidden()
    other.click()
    expect(page.locator("#answer [data-test=community]")).not_to_have_text(before)
    assert page.locator("#answer [data-test=community]").inner_text() in others_name
    page.keyboard.press("Control+Enter")
    stored = site.case(number_of(page))
    assert stored is not None
    assert stored["stage"] == "dispatched"


def test_a_coordinate_of_a_web_map_is_filed_as_it_was_given(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    say(desk, lamp("坐标"))
    lon, lat = wgs84_to_gcj02(np.array([site.facts["cell_at"]]))[0].round(6).tolist()
    page.keyboard.press("Alt+3")
    page.keyboard.type(f"{lon:.6f}, {lat:.6f}")
    page.select_option("#crs", "GCJ-02")
    page.locator("#words").press("Enter")
    expect(page.locator("#answer [data-test=cell]")).to_have_text(site.facts["cell"])
    page.keyboard.press("Control+Enter")
    stored = site.case(number_of(page))
    assert stored is not None
    assert (stored["crs"], stored["x"], stored["y"], stored["address"]) == ("GCJ-02", lon, lat, "")


def test_another_s_work_on_my_case_is_seen_at_once(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    page = desk.page
    say(desk, lamp("直播"))
    find(desk, site.facts["place"])
    refusal = json.dumps({"error": "no_owner", "sentence": "没有责任主体"})
    page.route("**/dispatch", lambda route: route.fulfill(status=409, content_type="application/json", body=refusal))
    desk.expected.add(409)
    page.keyboard.press("Control+Enter")
    number = number_of(page)
    assert "没有责任主体" in page.locator("#result").inner_text()
    mine = page.locator(f"#calls li[data-number='{number}']")
    expect(mine).to_have_attribute("data-stage", "filed")
    other = people_of("dispatcher")
    other.post(f"/api/cases/{number}/dispatch", {})
    expect(mine).to_have_attribute("data-stage", "dispatched")


def test_the_desk_needs_no_scrolling_and_a_phone_fits(site: Site, people_of: People) -> None:
    desk = seat(people_of)
    say(desk, LAMP)
    find(desk, site.facts["place"])
    whole = "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    assert desk.page.evaluate(whole) == [900, 1440]
    hidden = "document.getElementById('call').scrollHeight - document.getElementById('call').clientHeight"
    assert desk.page.evaluate(hidden) <= 0
    phone = seat(people_of, width=390, height=844)
    page = phone.page
    say(phone, LAMP)
    find(phone, site.facts["place"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("#file").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= 844  # in reach without scrolling
    page.locator("#file").click()
    assert number_of(page)


def test_the_seat_speaks_english_when_asked(site: Site, people_of: People) -> None:
    desk = seat(people_of, language="en-US")
    page = desk.page
    say(desk, "路灯不亮")
    find(desk, site.facts["place_en"])
    # But what callers said, here and before.
    page.evaluate("document.querySelectorAll('.twin .words').forEach((said) => said.remove())")
    texts = page.locator("main").inner_text().replace("路灯不亮", "")
    left = [word for word in re.findall(r"[\u4e00-\u9fff]+", texts) if word not in LAMP]
    assert left == []


def test_others_are_told_that_the_seat_is_not_theirs(site: Site, people_of: People) -> None:
    leader = people_of("leader")
    leader.expected.add(403)
    leader.page.goto(f"{site.url}/hotline/")
    assert leader.page.locator("#telephone").count() == 0
    assert leader.page.locator("main h1").inner_text()
    assert leader.page.locator("header.bar > nav a[href='/hotline/']").count() == 0
