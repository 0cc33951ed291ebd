"""Bulletins as files."""

from __future__ import annotations

from maps.bulletin import document
from maps.bulletin import paper as pdf_paper
from maps.bulletin.blocks import Bulletin

FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def made(bulletin: Bulletin, form: str, *, paper: str = "A4") -> bytes:
    """The bulletin as a file of a form; raises NoFont, KeyError for another form or paper."""
    if form not in FORMS:
        raise KeyError(form)
    return document.written(bulletin, paper=paper) if form == "docx" else pdf_paper.drawn(bulletin, paper=paper)
