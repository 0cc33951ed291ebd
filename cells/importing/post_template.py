"""The workbook to fill in for an import of posts: a header, lists to choose from, and a sheet of examples."""

from __future__ import annotations

from io import BytesIO

from django.utils.translation import get_language
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from cells.importing.columns import words
from cells.importing.post_rows import FIELDS, NEEDED
from cells.models import GridVersion, NoEditionInForce, PostKind

ROWS = 2000  # for which the list of kinds drops down
_WIDE = {"post": 30, "grid": 22, "person": 16, "duty": 50, "reward": 50, "unit": 24}


def template() -> bytes:
    """The workbook in the reader's language; its first sheet has nothing but the header, so nothing false comes in."""
    chinese = (get_language() or "").startswith("zh")
    names = [_header(field, chinese=chinese) for field in FIELDS]
    book = Workbook()
    sheet = book.active
    sheet.title = "岗位" if chinese else "posts"
    examples = book.create_sheet("示例" if chinese else "examples")
    lists = book.create_sheet("lists")
    for page in (sheet, examples):
        page.append(names)
        page.freeze_panes = "A2"
        for n, field in enumerate(FIELDS, 1):
            cell = page.cell(1, n)
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", fgColor="0F6B78" if field in NEEDED else "51626D")
            cell.alignment = Alignment(vertical="center")
            page.column_dimensions[get_column_letter(n)].width = _WIDE.get(field, 15)
            # Texts, so that a telephone keeps its zeros and a code its digits.
            if page is sheet:
                page.column_dimensions[get_column_letter(n)].number_format = "@"
    kinds = list(PostKind.objects.all())
    for kind in kinds:
        lists.append([str(kind), str(kind.level)])
    lists.column_dimensions["A"].width = lists.column_dimensions["B"].width = 40
    if kinds:
        choice = DataValidation(type="list", formula1=f"=lists!$A$1:$A${len(kinds)}", allow_blank=True)
        sheet.add_data_validation(choice)
        choice.add(f"A2:A{ROWS}")
    for line in _examples(kinds, chinese=chinese):
        examples.append(line)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _header(field: str, *, chinese: bool) -> str:
    known = words()["columns"]["post" if field == "post" else f"post_{field}"]
    return str(next((w for w in known if not w.isascii()), known[0]) if chinese else known[0])


def _examples(kinds: list[PostKind], *, chinese: bool) -> list[list[str]]:
    """A line for each kind, at a grid of the edition in force where there is one."""
    try:
        there = GridVersion.objects.current().order_by("grid__level", "grid__code").distinct("grid__level")
        grids = dict(there.values_list("grid__level", "grid__code"))
    except NoEditionInForce:
        grids = {}
    name, unit = ("张三", "规划科") if chinese else ("Zhang San", "Planning Office")
    return [
        [str(kind), grids.get(kind.level_id, ""), name, f"zhang{n}", "0000-6100000", "2026-03-02", "", "", unit,
         kind.duty, kind.reward]
        for n, kind in enumerate(kinds, 1)
    ]  # fmt: skip
