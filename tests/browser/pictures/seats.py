"""Each seat at work, at a desk and on a phone, in both languages: the day's cases are made first, then looked at."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, manage
from tests.browser.pictures.camera import DESK, PHONE, Studio
from tests.browser.pictures.photos import a_scene

LAMP = "小区门口路灯不亮，晚上很黑，老人走路看不清"
COUNT = 30
VIEWS = tuple(itertools.product(("zh", "en"), (DESK, PHONE)))
# Where the cases are: a housing estate near the middle, door plates apart from one another in the grids of the officer.
_PLACES = """
import json
from django.conf import settings
from django.contrib.gis.db.models.functions import Distance
from cells.models import CellVersion, Place, Posting
from spatial import crs
def told(place):
    lon, lat = crs.from_city([list(place.place.coords)], srid=settings.CITY_SRID)[0].tolist()
    return {"lon": lon, "lat": lat, "zh": place.name_zh, "en": place.name_en}
middle = Place.objects.filter(kind="poi").order_by("-weight", "pk")[0]
estates = Place.objects.filter(kind="poi", name_zh__endswith="小区")
estate = estates.annotate(away=Distance("place", middle.place)).order_by("away", "pk")[0]
posted = Posting.objects.filter(person__user__username="officer").values("grid")
plates = []
for cell in CellVersion.objects.current().filter(grid__in=posted).order_by("pk"):
    found = Place.objects.filter(kind="door_plate", place__within=cell.shape).order_by("pk").first()
    if found and all(found.place.distance(other.place) > 60 for other in plates):
        plates.append(found)
print("PLACES" + json.dumps({"estate": told(estate), "plates": [told(plate) for plate in plates[:4]]}))
"""


@dataclass(frozen=True, slots=True)
class Day:
    """The numbers of the cases that the pictures show."""

    estate: dict[str, Any]
    bin: dict[str, Any]  # the place of the case that is handled
    verify: str = ""
    assign: str = ""
    handled: str = ""


def of_the_seats(studio: Studio, environment: dict[str, str]) -> None:
    """All seats. The officer's come first: they are where a case is handled that others then see."""
    manage(environment, "train_categories")
    places = json.loads(manage(environment, "shell", "-v0", "-c", _PLACES).split("PLACES", 1)[1])
    day = Day(places["estate"], places["plates"][1])
    day = replace(day, verify=_reported(studio, day.estate))
    assign, handled, *_ = _dispatched(studio, places["plates"])
    day = replace(day, assign=assign, handled=handled)
    _officer(studio, day)
    for language, size in VIEWS:
        of = f"{'-phone' if size is PHONE else ''}-{language}"
        _hotline(studio, language, size, f"seat-hotline{of}", day.estate[language])
        _desk(studio, language, size, f"seat-supervision{of}", who="dispatcher", queue="verify", number=day.verify)
        _desk(studio, language, size, f"seat-centre{of}", who="shift_head", queue="check", number=day.handled)
        name = f"seat-community{of}"
        _desk(studio, language, size, name, who="community", queue="assign", number=day.assign, act="assign")
        _board(studio, language, size, f"seat-board{of}")
        _ledger(studio, language, size, f"seat-ledger{of}")


def _reported(studio: Studio, estate: dict[str, Any]) -> str:
    """A patrol's report that nobody has filed yet, with a caller who told of it as well; its number."""
    collector, operator = (studio.person(who, "zh", DESK) for who in ("collector", "operator"))
    told = {
        "lon": estate["lon"] + 0.0004, "lat": estate["lat"] + 0.0003, "address": f"{estate['zh']}北门",
        "words": "人行道上共享单车乱停放，占用盲道，行人只能走机动车道。", "class": "event-0410", "source": "patrol",
    }  # fmt: skip
    number = str(collector.post("/api/cases", told)["number"])
    operator.post(f"/api/cases/{number}/join", {"telephone": "13800000011", "name": "李先生", "words": "盲道被占"})
    # Beside the place of the call: an open case that the caller may mean.
    best = operator.context.request.get("/api/suggest", params={"words": LAMP}).json()["suggestions"][0]
    lamp = {
        "lon": estate["lon"] + 0.0003, "lat": estate["lat"] - 0.0001, "address": f"{estate['zh']}东门",
        "words": "路口两盏路灯不亮", "class": f"{best['kind']}-{best['code']}", "source": "hotline",
        "caller_telephone": "13800000012",
    }  # fmt: skip
    operator.post(f"/api/cases/{operator.post('/api/cases', lamp)['number']}/dispatch", {})
    for person in (collector, operator):
        person.context.close()
    return number


def _dispatched(studio: Studio, plates: list[dict[str, Any]]) -> list[str]:
    """Cases of the officer's grids: the first to assign, the second to handle, the others for his list."""
    desk = studio.person("dispatcher", "zh", DESK)
    told = (
        ("临街围栏上悬挂横幅，未经审批。", "event-0207"),
        ("垃圾桶满了，垃圾袋堆在地上，有异味。", "event-0110"),
        ("门前堆放建筑材料，占用人行道。", "event-0136"),
        ("路边电动车停成一片，堵住出入口。", "event-0410"),
    )
    numbers = []
    for place, (words, of) in zip(plates, told, strict=True):
        case = {"lon": place["lon"], "lat": place["lat"], "address": place["zh"], "words": words, "class": of}
        numbers.append(str(desk.post("/api/cases", case | {"source": "public"})["number"]))
        desk.post(f"/api/cases/{numbers[-1]}/dispatch", {})
    desk.context.close()
    return numbers


def _on_the_way(studio: Studio, day: Day, language: str, size: tuple[int, int]) -> Watched:
    """The officer, some steps from the case to handle, with his list."""
    officer = studio.person("officer", language, size)
    here = {"longitude": day.bin["lon"] + 0.0007, "latitude": day.bin["lat"] - 0.0004, "accuracy": 8}
    officer.context.grant_permissions(["geolocation"])
    officer.context.set_geolocation(here)
    officer.page.goto("/my/")
    officer.until("document.documentElement.dataset.worker === 'ready'", within_s=60)
    expect(officer.page.locator("[data-test=nearest]")).to_have_count(0)
    return officer


def _officer(studio: Studio, day: Day) -> None:
    """The list and a case, taken on, with its first photo; then it is handled."""
    number, at = day.handled, {"lon": day.bin["lon"], "lat": day.bin["lat"]}
    for n, (language, size) in enumerate(VIEWS):
        of = f"{'-phone' if size is PHONE else ''}-{language}"
        officer = _on_the_way(studio, day, language, size)
        if size is PHONE:
            studio.keep(officer, f"seat-officer-list{of}")
            officer = _on_the_way(studio, day, language, size)
        page = officer.page
        page.locator(f"a.case[data-number='{number}']").click()
        officer.until("number => document.documentElement.dataset.shown === `#case=${number}`", number)
        if n == 0:
            page.click("[data-act=take_on]")
            expect(page.locator("[data-act=handle]")).to_be_visible()
            _sent(officer)
            page.set_input_files("[data-test=camera-before]", a_scene(clean=False, **at))
            _sent(officer)
        officer.drawn()
        page.evaluate("document.querySelectorAll('.toast').forEach((toast) => toast.remove())")
        studio.keep(officer, f"seat-officer{of}")
    officer = _on_the_way(studio, day, "zh", PHONE)
    officer.page.goto(f"/my/#case={number}&act=handle")
    officer.page.set_input_files("[data-test=camera-after]", a_scene(clean=True, **at))
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


def _hotline(studio: Studio, language: str, size: tuple[int, int], name: str, place: str) -> None:
    """A call: who, what, where; the class that the words suggest, and an open case that may be the same."""
    person = studio.person("operator", language, size)
    page = person.page
    page.goto("/hotline/")
    person.until("document.documentElement.dataset.ready === 'yes'", within_s=60)
    page.fill("#telephone", "138 0000 0001")
    page.fill("#caller-name", "王女士")
    page.fill("#said", LAMP)
    _settled(page, "#suggested")
    page.fill("#words", place)
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
    if size is DESK:
        page.locator(f"#cases [data-number='{number}']").scroll_into_view_if_needed()
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
