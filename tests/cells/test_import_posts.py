"""Posts come in from a workbook or a table: rows at fault stay out with their reason, the same file twice is one."""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone, translation
from openpyxl import Workbook

from cells.importing import people, post_rows, posts
from cells.importing.errors import ImportRefused
from cells.importing.post_template import template
from cells.importing.posts import Options, import_posts
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.models import Grid, Person, Post, PostHolder, Posting
from tests.makers import City, a_city, a_person

pytestmark = pytest.mark.django_db
HEADER = ("post", "grid", "person", "login", "telephone", "since", "until", "stands in for", "unit", "duty", "reward")
COMMUNITY = "990101001001"
WEST = f"{COMMUNITY}-01"


@pytest.fixture
def city(db: None) -> City:
    return a_city("6x4", community="3x2")


def row(post: str = "responsible", grid: str = WEST, person: str = "李伟", **more: Any) -> list[Any]:
    given = {"post": post, "grid": grid, "person": person, "since": "2026-03-02"} | more
    return [given.get(name.replace(" ", "_"), "") for name in HEADER]


def a_book(path: Path, *rows: list[Any], header: tuple[str, ...] = HEADER) -> Path:
    book = Workbook()
    for line in (list(header), *rows):
        book.active.append(line)
    book.save(path)
    return path


def take(path: Path, **options: Any) -> tuple[Report, list[tuple[int, str]]]:
    with Rejects(None) as rejects:
        report = import_posts(path, Options(**options), rejects=rejects)
    return report, [(one.row, one.reason) for one in rejects.first]


def test_a_workbook_comes_in_once_and_a_second_time_changes_nothing(city: City, tmp_path: Path) -> None:
    file = a_book(
        tmp_path / "posts.xlsx",
        row(telephone="0000-6100001", since=dt.date(2026, 3, 2), duty="每日巡查", reward="按月考核"),
        row("下沉人员", COMMUNITY, "王芳", since="2026年3月2日"),
        row("Leader of the bureau for a district", "990101", "赵强", login="zhao", since="2026/3/2"),
        row("office_cadre", "990101001", "Sun Li", unit="规划科", since="20260302", until="2026-09-01"),
        row("office_cadre", "990101002", "Sun Li", unit="规划科"),
    )
    report, left_out = take(file)
    assert left_out == []
    assert (report.read, report.added, report.facts["people_added"]) == (5, 5, 4)
    li = Person.objects.get(name_zh="李伟")
    assert (li.role_id, li.telephone, li.territory.code, li.must_change_password) == (
        "officer", "0000-6100001", WEST, True,
    )  # fmt: skip
    assert not li.user.has_usable_password()
    assert Posting.objects.get(person=li).since == dt.date(2026, 3, 2)
    assert Post.objects.get(grid__code=WEST).duty == "每日巡查"
    assert Person.objects.get(user__username="zhao").role_id == "leader"
    held = PostHolder.objects.get(post__grid__code="990101001")
    assert (held.person.name_en, held.unit, held.until) == ("Sun Li", "规划科", dt.date(2026, 9, 1))
    before = (Person.objects.count(), PostHolder.objects.count(), Posting.objects.count())
    again, left_out = take(file)
    assert (again.added, again.changed, again.unchanged, left_out) == (0, 0, 5, [])
    assert (Person.objects.count(), PostHolder.objects.count(), Posting.objects.count()) == before


def test_every_bad_row_is_told_with_its_reason_and_the_good_ones_stay(city: City, tmp_path: Path) -> None:
    a_person("dispatcher", username="wang")
    get_user_model().objects.create_user("nobody")
    bad = {
        post_rows.MISSING: row(person=""),
        post_rows.NO_KIND: row("emperor"),
        post_rows.NO_GRID: row(grid="991234"),
        post_rows.OTHER_LEVEL: row(grid="990101"),
        post_rows.SEVERAL_GRIDS: row("second_cadre", "社区1", "孙丽"),
        post_rows.NO_DAY: row(since="03/02/2026"),
        post_rows.ENDS_EARLY: row(until="2026-03-01"),
        post_rows.NO_TELEPHONE: row(telephone="call me"),
        post_rows.NO_LOGIN: row(login="li wei"),
        post_rows.TOO_LONG: row(duty="巡" * 2001),
        people.OTHER_NAME: row(login="wang"),
        people.NO_PERSON: row(login="nobody"),
        people.NOBODY_TO_STAND_IN_FOR: row(person="周敏", stands_in_for="谁"),
        people.NOT_FOR_HIMSELF: row(person="吴军", stands_in_for="吴军"),
        posts.OTHER_ROLE: row(person="wang", login="wang"),
    }
    after = {posts.TWICE: row(), posts.HELD_OTHERWISE: row(since="2026-05-01")}
    report, left_out = take(a_book(tmp_path / "p.xlsx", *bad.values(), row(), *after.values()))
    # The row in between is the good one.
    assert sorted(left_out) == [*enumerate(bad, 1), *enumerate(after, len(bad) + 2)]
    assert (report.added, report.rejected, Posting.objects.count()) == (1, 17, 1)
    assert not Person.objects.filter(name_zh__in=("周敏", "吴军")).exists(), "nobody is made for a row left out"


def test_people_of_one_name_are_told_apart_by_telephone_and_login(city: City, tmp_path: Path) -> None:
    rows = [row(telephone="0000-0001"), row(grid=f"{COMMUNITY}-02", telephone="0000-0002")]
    take(a_book(tmp_path / "a.xlsx", *rows))
    assert Person.objects.filter(name_zh="李伟").count() == 2
    _report, left_out = take(a_book(tmp_path / "b.xlsx", row("team_assistant")))
    assert left_out == [(1, people.SEVERAL)]
    one = Person.objects.get(telephone="0000-0002")
    report, left_out = take(a_book(tmp_path / "c.xlsx", row("team_assistant", login=one.user.username)))
    assert (left_out, report.added) == ([], 1)
    assert PostHolder.objects.get().person == one


def test_a_substitute_a_last_day_and_a_new_telephone_change_what_is_there(city: City, tmp_path: Path) -> None:
    take(a_book(tmp_path / "a.xlsx", row(), row(grid=f"{COMMUNITY}-02", person="王芳")))
    changed = [
        row(since="", until="2100-01-01", telephone="0000-6100009"),
        row(person="王芳", stands_in_for="李伟", since="2026-04-01"),
    ]
    report, left_out = take(a_book(tmp_path / "b.xlsx", *changed))
    assert (left_out, report.changed, report.added) == ([], 1, 1)
    li = Person.objects.get(name_zh="李伟")
    assert (li.telephone, li.postings.get().until) == ("0000-6100009", dt.date(2100, 1, 1))
    assert Posting.objects.get(stands_in_for=li).person.name_zh == "王芳"


def test_a_dry_run_keeps_nothing_and_the_command_tells_rows_in_a_file(city: City, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "posts.csv"
    with file.open("w", newline="", encoding="gb18030") as out:
        csv.writer(out).writerows([HEADER, row(), row(grid="nowhere")])
    call_command("import_posts", file, dry_run=True, json=True, rejects=tmp_path / "left.csv")
    told = json.loads(capsys.readouterr().out)
    assert (told["added"], told["rejected"], told["dry_run"]) == (1, 1, True)
    assert post_rows.NO_GRID in (tmp_path / "left.csv").read_text("utf-8-sig")
    assert (Person.objects.count(), Posting.objects.count()) == (0, 0)


def test_a_hostile_workbook_is_refused_before_it_does_harm(city: City, tmp_path: Path) -> None:
    good = a_book(tmp_path / "good.xlsx", row())

    def forged(name: str, part: str, content: bytes) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(good) as read, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as write:
            for info in read.infolist():
                write.writestr(info.filename, content if info.filename == part else read.read(info))
        return path

    sheet = "xl/worksheets/sheet1.xml"
    entities = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">'
    entities += b"".join(b'<!ENTITY %s "%s">' % (bytes([98 + n]), b"&%s;" % bytes([97 + n]) * 100) for n in range(6))
    bomb = entities + b']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>'
    bomb += b'<c t="inlineStr"><is><t>&g;</t></is></c></row></sheetData></worksheet>'
    text = tmp_path / "text.xlsx"
    text.write_text("post,grid,person")
    for path in (
        forged("entities.xlsx", sheet, bomb),
        forged("zeros.xlsx", sheet, b"\0" * (201 << 20)),
        forged("cut.xlsx", sheet, b"<worksheet><sheetData><row>"),
        text,
        a_book(tmp_path / "empty.xlsx", header=()),
        a_book(tmp_path / "strange.xlsx", header=("a", "b")),
        tmp_path / "none.xlsx",
        tmp_path / "posts.pdf",
    ):
        with pytest.raises(ImportRefused):
            take(path)
    assert Person.objects.count() == 0


def test_formulas_and_markup_are_words_and_nothing_else(city: City, tmp_path: Path) -> None:
    file = a_book(tmp_path / "p.xlsx", row(person="<b>李</b>", duty="<script>alert(1)</script>"), row(person="=1+1"))
    report, left_out = take(file)
    assert report.added == 1
    assert left_out == [(2, post_rows.MISSING)], "a formula without a saved value is empty"
    assert Person.objects.get().name_zh == "<b>李</b>"


def test_the_template_comes_in_as_it_is_in_both_languages(city: City, tmp_path: Path) -> None:
    for language, sheet in (("en", "examples"), ("zh-hans", "示例")):
        path = tmp_path / f"{language}.xlsx"
        with translation.override(language):
            path.write_bytes(template())
        empty, left_out = take(path)
        assert (empty.read, left_out) == (0, [])
        report, left_out = take(path, sheet=sheet, dry_run=True)
        assert (report.added, left_out) == (13, [])


def test_a_file_is_read_by_few_statements_however_long_it_is(
    city: City, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    grids = list(Grid.objects.filter(level="grid").values_list("code", flat=True))
    rows = [row("team_sanitation", code, f"工人{n}") for n in range(40) for code in grids]
    file = a_book(tmp_path / "p.xlsx", *rows)
    with django_assert_max_num_queries(30):
        report, left_out = take(file)
    assert (left_out, report.added) == ([], 40 * len(grids))
    assert PostHolder.objects.on(timezone.localdate()).count() == report.added
