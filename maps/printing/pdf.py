"""Pages as PDF: vector areas and lines, text as text in an embedded typeface."""

from __future__ import annotations

from fpdf import FPDF
from fpdf.drawing import GraphicsContext, PaintedPath
from fpdf.enums import IntersectionRule, PathPaintRule

from maps.printing.fonts import Face
from maps.printing.marks import Area, Dot, Lines, Page, Words
from spatial.partition import Floats


def drawn(pages: list[Page], face: Face, *, title: str, language: str) -> bytes:
    """The document."""
    document = FPDF(unit="mm", format=(pages[0].width, pages[0].height))
    document.set_auto_page_break(False)
    document.set_margin(0)
    document.set_title(title)
    document.set_creator("Wanmi")
    document.set_lang(language)
    for bold, style in ((False, ""), (True, "B")):
        document.add_font("page", style, face.file(bold))
    for page in pages:
        document.add_page(format=(page.width, page.height))
        for mark in page.marks:
            if isinstance(mark, Words):
                _words(document, mark, face)
            elif isinstance(mark, Dot):
                document.set_draw_color(mark.edge)
                document.set_fill_color(mark.fill)
                document.set_line_width(0.35)
                document.circle(mark.x, mark.y, mark.radius, style="DF")
            else:
                with document.drawing_context() as context:
                    _path(context, mark)
    return bytes(document.output())


def _words(document: FPDF, mark: Words, face: Face) -> None:
    document.set_font("page", "B" if mark.bold else "", mark.size)
    document.set_text_color(mark.colour)
    share = {"left": 0.0, "middle": 0.5, "right": 1.0}[mark.align]
    document.text(mark.x - share * face.width(mark.text, mark.size, mark.bold), mark.y, mark.text)


def _path(context: GraphicsContext, mark: Area | Lines) -> None:
    path = PaintedPath()
    style = path.style
    if isinstance(mark, Area):
        style.fill_color, style.stroke_color, style.paint_rule = mark.fill, None, PathPaintRule.FILL_EVENODD
        style.intersection_rule = IntersectionRule.EVENODD
        for ring in mark.rings:
            _through(path, ring)
            path.close()
    else:
        style.stroke_color, style.stroke_width, style.paint_rule = mark.colour, mark.width, PathPaintRule.STROKE
        style.stroke_join_style, style.auto_close = "round", False
        for line in mark.lines:
            _through(path, line)
    context.add_item(path)


def _through(path: PaintedPath, points: Floats) -> None:
    first, *others = points.round(3).tolist()
    path.move_to(*first)
    for point in others:
        path.line_to(*point)
