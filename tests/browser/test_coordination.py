"""Coordination in a real browser: called, promised, signed by the unit at its own seat, seen without reloading."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched
from tests.browser.test_desk import People, act, at_desk, open_case, reported

pytestmark = pytest.mark.browser


def ready(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    expect(page.locator("#units option").first).to_be_attached()


def begin(page: Page, name: str, fields: dict[str, str], *, within: str = "") -> None:
    """Open the form of an act, fill it in and send it."""
    page.locator(f"{within} [data-act={name}]").first.click()
    form = page.locator(f"form[data-form={name}]")
    for field, text in fields.items():
        form.locator(f"[name={field}]").fill(text)
    form.locator(f"[data-test=do-{name}]").dblclick()
    expect(form).to_have_count(0)


def test_departments_are_gathered_promise_and_sign_and_the_case_is_split(site: Site, people_of: People) -> None:
    number = reported(site, people_of("collector"), "多部门的事")
    centre: Watched = people_of("dispatcher", width=1440, height=900)
    page = at_desk(centre, "verify")
    open_case(page, "verify", number)
    act(page, "file")
    expect(page.locator("#case [data-act=dispatch]")).to_be_visible()
    page.locator("[data-test=to-coordination]").click()
    ready(page)
    begin(page, "call_coordination", {"note": "职责交叉"})
    expect(page.locator("[data-section=standing] .reason")).to_have_text("职责交叉")

    page.locator("[data-act=call_meeting]").click()
    form = page.locator("form[data-form=call_meeting]")
    form.locator("[name=place]").fill("二楼会议室")
    form.locator("[data-test=called]").fill("水务局")
    form.locator("[data-test=called]").press("Enter")
    expect(form.locator(".called li")).to_have_count(1)
    form.locator("[data-test=do-call_meeting]").click()
    expect(page.locator("[data-meeting]")).to_have_count(1)
    begin(page, "write_minutes", {"note": "一、关阀\n二、围挡"})
    expect(page.locator(".minutes p").first).to_contain_text("二、围挡")
    begin(page, "plan_step", {"who": "水务局", "note": "关阀"})
    page.locator("[data-step] [data-act=finish_step]").click()
    expect(page.locator("[data-step] .done")).to_have_count(1)

    # The unit of the list is taken as it stands there.
    [[code]] = site.rows(
        "SELECT g.code FROM cells_person p JOIN auth_user u ON u.id = p.user_id "
        "JOIN cells_grid g ON g.id = p.territory_id WHERE u.username = 'community'",
    )
    label = page.locator(f"#units option[value$='({code})']").get_attribute("value")
    begin(page, "write_commitment", {"who": str(label), "note": "三日内清运"})
    expect(page.locator("[data-commitment].open")).to_have_count(1)
    begin(page, "split", {"note": "路灯不亮"})
    expect(page.locator("[data-part]")).to_have_count(1)

    phone = people_of("community", width=390, height=844).page
    phone.goto(f"/cases/{number}/coordination/")
    ready(phone)
    begin(phone, "sign_commitment", {"signer": "李主任"})
    expect(phone.locator("[data-commitment] .digest")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("[data-commitment] .digest")).to_be_visible()  # without reloading
    begin(page, "meet_commitment", {"note": "现场核对"})
    expect(page.locator("[data-commitment].met")).to_have_count(1)
    phone.locator("[data-commitment] .letter-link a").click()
    expect(phone.locator("[data-test=letter]")).to_contain_text("李主任")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390

    found = site.rows(
        "SELECT act FROM cases_caseevent e JOIN cases_case c ON c.id = case_id WHERE number = %s ORDER BY e.id",
        number,
    )
    assert [line for (line,) in found] == [
        "report", "file", "call_coordination", "call_meeting", "write_minutes", "plan_step", "finish_step",
        "write_commitment", "split", "sign_commitment", "meet_commitment",
    ]  # fmt: skip
