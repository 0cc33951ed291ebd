"""The bulletin as docx: the program's own styles, real tables and headings, fonts named for Chinese text too."""

from __future__ import annotations

import io
import re
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from maps.bulletin.blocks import Bulletin, Heading, Items, Map, Table, Words
from maps.bulletin.drawing import picture
from maps.printing.fonts import Face, face
from maps.printing.sheet import PAGES

# What every computer with a Chinese office program has; others set their own instead.
_LATIN, _BODY, _HEADINGS = "Arial", "宋体", "黑体"
_MARGIN = 20.0
# XML knows no control characters; names come from imports, and may have any.
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# A table of so many columns is set smaller.
_MANY = 8


def written(bulletin: Bulletin, *, paper: str = "A4") -> bytes:
    """The document; raises NoFont (for the letters of maps), KeyError for another paper."""
    letters = face(bulletin.words())
    document = Document()
    high, wide = PAGES[paper]
    section = document.sections[0]
    section.page_width, section.page_height = Mm(wide), Mm(high)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN)
    _styles(document, bulletin.language)
    document.core_properties.title = _clean(bulletin.title)
    document.core_properties.author = "Wanmi"
    document.core_properties.comments = ""
    document.core_properties.language = _language(bulletin.language)
    document.add_heading(_clean(bulletin.title), 0)
    _quiet(document.add_paragraph(_clean(" · ".join(bulletin.facts))))
    for block in bulletin.blocks:
        if isinstance(block, Heading):
            document.add_heading(_clean(block.text), block.level)
        elif isinstance(block, Words):
            paragraph = document.add_paragraph(_clean(block.text))
            if block.quiet:
                _quiet(paragraph)
        elif isinstance(block, Items):
            for n, text in enumerate(block.texts, 1):
                # Word would count on from one list to the next: a number that is said is text.
                words = f"{n}. {text}" if block.numbered else text
                document.add_paragraph(_clean(words), style="List" if block.numbered else "List Bullet")
        elif isinstance(block, Table):
            _table(document, block, wide - 2 * _MARGIN)
        else:
            _map(document, block, wide - 2 * _MARGIN, letters)
    _page_number(section.footer.paragraphs[0])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _styles(document: Any, language: str) -> None:
    """Every style by fonts of its own: those of the theme would win for Chinese text."""
    sizes = {"Normal": 10.5, "Title": 20.0, "Heading 1": 15.0, "Heading 2": 12.0}
    for name in (*sizes, "List", "List Bullet", "Table Grid"):
        style = document.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in [a for a in fonts.attrib if a.lower().endswith("theme")]:
            del fonts.attrib[attribute]
        east = _HEADINGS if name in ("Title", "Heading 1", "Heading 2") else _BODY
        for kind, font in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN), ("eastAsia", east)):
            fonts.set(qn(f"w:{kind}"), font)
        if name in sizes:
            style.font.size = Pt(sizes[name])
        if name.startswith(("Heading", "Title")):
            style.font.color.rgb = RGBColor(0x0F, 0x4C, 0x75)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    properties = document.styles["Normal"].element.get_or_add_rPr()
    lang = OxmlElement("w:lang")
    lang.set(qn("w:val"), _language(language))
    lang.set(qn("w:eastAsia"), "zh-CN")
    properties.append(lang)


def _language(language: str) -> str:
    return "zh-CN" if language.startswith("zh") else "en-US"


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)


def _quiet(paragraph: Any) -> None:
    paragraph.paragraph_format.space_after = Pt(1)
    for run in paragraph.runs:
        run.font.size = Pt(8)
        run.font.color.rgb = RGBColor(0x5A, 0x65, 0x6B)


def _table(document: Any, block: Table, width: float) -> None:
    whole = sum(column.share for column in block.columns)
    table = document.add_table(rows=1, cols=len(block.columns), style="Table Grid")
    table.autofit = False
    widths = [Mm(width * column.share / whole) for column in block.columns]
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = wide
    if len(block.columns) >= _MANY:
        _narrow_margins(table)
    _fill(table.rows[0], [column.heading for column in block.columns], block, bold=True, shade="E8EEF2")
    # The headings stand again on each page that the table reaches.
    _flag(table.rows[0], "w:tblHeader")
    for n, texts in enumerate(block.rows):
        _fill(table.add_row(), texts, block, bold=n in block.strong)
    for row in table.rows:
        _flag(row, "w:cantSplit")
        for cell, wide in zip(row.cells, widths, strict=True):
            cell.width = wide
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _fill(row: Any, texts: Any, block: Table, *, bold: bool, shade: str = "") -> None:
    for cell, text, column in zip(row.cells, texts, block.columns, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        run = paragraph.add_run(_clean(text))
        run.bold, run.font.size = bold, Pt(8.5 if len(block.columns) < _MANY else 7)
        if column.number:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if shade:
            ground = OxmlElement("w:shd")
            for name, value in (("val", "clear"), ("color", "auto"), ("fill", shade)):
                ground.set(qn(f"w:{name}"), value)
            cell._tc.get_or_add_tcPr().append(ground)


def _narrow_margins(table: Any) -> None:
    """Words of a heading are not broken for the room that Word leaves at the sides of a cell."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        one = OxmlElement(f"w:{side}")
        for name, value in (("w", "40"), ("type", "dxa")):  # twentieths of a point: 0.7 mm
            one.set(qn(f"w:{name}"), value)
        margins.append(one)
    # Word reads the parts of a table in their order: these stand before the look.
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    table._tbl.tblPr.append(margins) if look is None else look.addprevious(margins)


def _flag(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _map(document: Any, block: Map, width: float, letters: Face) -> None:
    body = picture(block.report, width, width * 0.62, letters)
    shape = document.add_picture(io.BytesIO(body), width=Mm(width))
    # For who does not see the picture.
    described = shape._inline.docPr
    described.set("descr", _clean(block.words))
    described.set("title", _clean(block.words))


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.text = text
        run._r.append(part)
