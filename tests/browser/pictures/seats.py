"""Each seat at work, at a desk and on a phone, in both languages: the day's cases are made first, then looked at."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, manage
from tests.browser.pictures.camera import DESK, PHONE, Studio
from tests.browser.pictures.photos import a_scene

LAMP = "小区门口路灯不亮，晚上很黑，老人走路看不清"
COUNT = 30
VIEWS = tuple(itertools.product(("zh", "en"), (DESK, PHONE)))


@dataclass(frozen=True, slots=True)
class Day:
    """The numbers of the cases that the pictures show."""

    verify: str
    assign: str
    handled: str


def of_the_seats(studio: Studio, environment: dict[str, str]) -> None:
    """All seats. The officer's come first: they are where a case is handled that others then see."""
    manage(environment, "train_categories")
    verify, assign, bin_ = _reported(studio), *_dispatched(studio)
    _officer(studio, bin_)
    day = Day(verify, assign, bin_)
    for language, size in VIEWS:
        of = f"{'-phone' if size is PHONE else ''}-{language}"
        _hotline(studio, language, size, f"seat-hotline{of}")
        _desk(studio, language, size, f"seat-supervision{of}", who="dispatcher", queue="verify", number=day.verify)
        _desk(studio, language, size, f"seat-centre{of}", who="shift_head", queue="check", number=day.handled)
        _desk(
            studio,
            language,
            size,
            f"seat-community{of}",
            who="community",
            queue="assign",
            number=day.assign,
            act="assign",
        )
        _board(studio, language, size, f"seat-board{of}")
        _ledger(studio, language, size, f"seat-ledger{of}")


def _reported(studio: Studio) -> str:
    """A patrol's report that nobody has filed yet, with a caller who told of it as well; its number."""
    facts = studio.site.facts
    collector, operator = (studio.person(who, "zh", DESK) for who in ("collector", "operator"))
    lon, lat = facts["place_at"][0] - 0.0011, facts["place_at"][1] + 0.0007
    words = "人行道上共享单车乱停放，占用盲道，行人只能走机动车道。"
    told = {
        "lon": lon,
        "lat": lat,
        "words": words,
        "class": "event-0410",
        "source": "patrol",
        "address": facts["place"],
    }
    number = str(collector.post("/api/cases", told)["number"])
    operator.post(f"/api/cases/{number}/join", {"telephone": "13800000011", "name": "李先生", "words": "盲道被占"})
    # Beside the place of the call: an open case that the caller may mean.
    best = operator.context.request.get("/api/suggest", params={"words": LAMP}).json()["suggestions"][0]
    lon, lat = facts["place_at"][0] + 0.0003, facts["place_at"][1] + 0.0002
    lamp = {
        "lon": lon,
        "lat": lat,
        "words": "路口两盏路灯不亮",
        "class": f"{best['kind']}-{best['code']}",
        "source": "hotline",
    }
    twin = operator.post("/api/cases", lamp | {"address": facts["place"], "caller_telephone": "13800000012"})["number"]
    operator.post(f"/api/cases/{twin}/dispatch", {})
    for person in (collector, operator):
        person.context.close()
    return number


def _dispatched(studio: Studio) -> tuple[str, str]:
    """Cases of the officer's grids: one to assign, one to handle, and some more for his list."""
    desk = studio.person("dispatcher", "zh", DESK)
    numbers = []
    for (lon, lat), (words, of) in zip(
        studio.site.facts["beat"],
        (
            ("临街围栏上悬挂横幅，未经审批。", "event-0207"),
            ("垃圾桶满了，垃圾袋堆在地上，有异味。", "event-0110"),
            ("门前堆放建筑材料，占用人行道。", "event-0136"),
            ("路边电动车停成一片，堵住出入口。", "event-0410"),
        ),
        strict=False,
    ):
        filed = desk.post("/api/cases", {"lon": lon, "lat": lat, "words": words, "class": of, "source": "public"})
        desk.post(f"/api/cases/{filed['number']}/dispatch", {})
        numbers.append(str(filed["number"]))
    desk.context.close()
    return numbers[0], numbers[1]


def _on_the_way(studio: Studio, language: str, size: tuple[int, int]) -> tuple[Watched, list[float]]:
    """The officer, some steps from his second case, with his list."""
    officer = studio.person("officer", language, size)
    at = studio.site.facts["beat"][1]
    officer.context.grant_permissions(["geolocation"])
    officer.context.set_geolocation({"longitude": at[0] + 0.0007, "latitude": at[1] - 0.0004, "accuracy": 8})
    officer.page.goto("/my/")
    officer.until("document.documentElement.dataset.worker === 'ready'", within_s=60)
    expect(officer.page.locator("[data-test=nearest]")).to_have_count(0)
    return officer, at


def _officer(studio: Studio, number: str) -> None:
    """The list and a case, taken on, with its first photo; then it is handled."""
    for n, (language, size) in enumerate(VIEWS):
        of = f"{'-phone' if size is PHONE else ''}-{language}"
        officer, at = _on_the_way(studio, language, size)
        if size is PHONE:
            studio.keep(officer, f"seat-officer-list{of}")
            officer, at = _on_the_way(studio, language, size)
        page = officer.page
        page.locator(f"a.case[data-number='{number}']").click()
        officer.until("number => document.documentElement.dataset.shown === `#case=${number}`", number)
        if n == 0:
            page.click("[data-act=take_on]")
            expect(page.locator("[data-act=handle]")).to_be_visible()
            _sent(officer)
            page.set_input_files("[data-test=camera-before]", a_scene(clean=False, lon=at[0], lat=at[1]))
            _sent(officer)
        officer.drawn()
        page.evaluate("document.querySelectorAll('.toast').forEach((toast) => toast.remove())")
        studio.keep(officer, f"seat-officer{of}")
    officer, at = _on_the_way(studio, "zh", PHONE)
    officer.page.goto(f"/my/#case={number}&act=handle")
    officer.page.set_input_files("[data-test=camera-after]", a_scene(clean=True, lon=at[0], lat=at[1]))
    officer.page.fill("[data-test=note]", "已清运，桶身擦洗干净")
    officer.page.click("[data-test=send]")
    _sent(officer)
    officer.context.close()


def _sent(officer: Watched) -> None:
    """Wait until nothing waits on the phone any more."""
    officer.until("Boolean(document.documentElement.dataset.sent)")
    officer.until("document.documentElement.dataset.waiting === '0'")


def _settled(page: Page, part: str) -> None:
    expect(page.locator(part)).to_have_attribute("aria-busy", "false")


def _hotline(studio: Studio, language: str, size: tuple[int, int], name: str) -> None:
    """A call: who, what, where; the class that the words suggest, and an open case that may be the same."""
    facts = studio.site.facts
    person = studio.person("operator", language, size)
    page = person.page
    page.goto("/hotline/")
    person.until("document.documentElement.dataset.ready === 'yes'", within_s=60)
    page.fill("#telephone", "138 0000 0001")
    page.fill("#caller-name", "王女士")
    page.fill("#said", LAMP)
    _settled(page, "#suggested")
    page.fill("#words", facts["place"] if language == "zh" else facts["place_en"])
    page.locator("#words").press("Enter")
    page.locator("#answer [data-test=community]").wait_for()
    _settled(page, "#twins")
    person.drawn()
    studio.keep(person, name)


def _desk(
    studio: Studio, language: str, size: tuple[int, int], name: str, *, who: str, queue: str, number: str, act: str = ""
) -> None:
    """A queue with one of its cases opened; on a phone the case alone."""
    person = studio.person(who, language, size)
    page = person.page
    page.goto(f"/desk/#{queue}/{number}")
    expect(page.locator("#case .case-head .code")).to_have_text(number)
    expect(page.locator(f"#cases [data-number='{number}']")).to_have_count(1)
    if act:
        page.locator(f"#case [data-act={act}]").click()
        page.locator(".act-form").wait_for()
    person.drawn()
    studio.keep(person, name)


def _board(studio: Studio, language: str, size: tuple[int, int], name: str) -> None:
    """The live board, all communities."""
    person = studio.person("leader", language, size)
    person.page.goto("/board/")
    expect(person.page.locator("html")).to_have_attribute("data-live", "on")
    _settled(person.page, "#board")
    studio.keep(person, name)


def _ledger(studio: Studio, language: str, size: tuple[int, int], name: str) -> None:
    """The ledger of all towns, as it stands."""
    person = studio.person("leader", language, size)
    person.page.goto("/ledger/")
    person.until("document.documentElement.dataset.ready === 'yes'")
    studio.keep(person, name)
