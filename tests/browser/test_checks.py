"""A spot check on a phone: the cell, a photo of it, a problem found, kept in a dead spot and sent once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched
from tests.cases.phone import a_jpeg

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "maps" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
NO_WIDER = "document.documentElement.scrollWidth <= window.innerWidth"
PHOTO = {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}


def barriers(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA: the rule, and the first thing that breaks it."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(rules)", RULES)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def test_a_spot_check_on_a_phone(site: Site, people_of: Callable[..., Watched]) -> None:
    leader = people_of("leader", language="en-US")
    [(drawn,)] = site.rows("SELECT count(*) FROM cases_spotdraw")
    month = f"2031-{drawn + 1:02d}"  # an attempt before may have been cut off
    leader.page.goto("/checks/draws/")
    leader.page.locator("[name=month]").fill(month)
    leader.page.locator("[data-test=draw]").click()
    expect(leader.page.locator(f"[data-month='{month}']")).to_be_visible()
    # Who was sent says the lot.
    [(sent,)] = site.rows(
        "SELECT u.username FROM cases_spotcheck k JOIN cells_person p ON p.id = k.checker_id "
        "JOIN auth_user u ON u.id = p.user_id WHERE k.done_at IS NULL ORDER BY k.id DESC LIMIT 1"
    )
    phone = people_of(sent, language="en-US", width=390, height=844)
    page = phone.page
    listed = phone.context.request.get("/api/checks").json()["checks"]
    one = listed[-1]
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": one["lat"], "longitude": one["lon"], "accuracy": 8})
    page.goto("/checks/")
    expect(page.locator("[data-check]")).to_have_count(len(listed))
    assert barriers(page) == []
    page.locator(f"[data-check='{one['id']}']").click()
    expect(page.locator("[data-test=standing]")).to_have_text("You are in the cell.")
    send = page.locator("[data-test=send]")
    expect(send).to_be_disabled()
    page.locator("[data-test=camera-proof]").set_input_files(PHOTO)
    expect(send).to_be_enabled()
    page.locator("[data-test=add]").click()
    expect(send).to_be_disabled()
    page.locator("[data-test=class]").select_option("event-0103")
    page.locator("[data-test=words]").fill("a hole before the school")
    page.locator("[data-test=camera-found]").set_input_files(PHOTO)
    assert barriers(page) == []
    assert page.evaluate(NO_WIDER)
    phone.network_may_fail = True
    phone.context.set_offline(True)
    send.click()
    expect(page.locator(".kept.waiting")).to_have_count(1)
    expect(page.locator(f"[data-check='{one['id']}']")).to_have_count(0)
    phone.context.set_offline(False)
    expect(page.locator(".kept")).to_have_count(0)
    phone.until(f"!document.querySelector(\"[data-check='{one['id']}']\")")
    told = site.rows(
        "SELECT k.proved, k.distance_m, c.source_id, c.words, f.known FROM cases_spotcheck k "
        "JOIN cases_spotfinding f ON f.check_made_id = k.id JOIN cases_case c ON c.id = f.case_id WHERE k.id = %s",
        one["id"],
    )
    assert told == [(True, 0.0, "spot_check", "a hole before the school", "new")]
