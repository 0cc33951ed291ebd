"""Rows into XML or JSON, by the rule of the standard for both (Spark): the same facts, one wrapper less in JSON.

A row is a dict. In XML its list stands inside a wrapper, each row in an element of the singular; in JSON the list is
all there is. None is an empty element and `null`; true and false, numbers and moments are written alike.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from django.http import HttpResponse
from django.utils import timezone

XML, JSON = "xml", "json"
FORMS = {XML: "text/xml; charset=utf-8", JSON: "application/json; charset=utf-8"}
# The element of one row in each list.
_ONE = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "notes": "note",
}
# What XML 1.0 cannot hold, and nobody can read.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(form: str, wrapper: str, told: Any, *, status: int = 200) -> HttpResponse:
    """An answer in one of FORMS; `told` is a list of rows, or one row that is no list in either."""
    clean = _clean(told)
    body = _xml(wrapper, clean) if form == XML else json.dumps(clean, ensure_ascii=False).encode()
    return HttpResponse(body, status=status, content_type=FORMS[form])


def moment(at: dt.datetime | None) -> str | None:
    """A moment in the city's time with its zone, to the second: 2026-03-02T12:00:00+08:00."""
    return None if at is None else timezone.localtime(at).replace(microsecond=0).isoformat()


def _xml(wrapper: str, told: Any) -> bytes:
    root = ElementTree.Element(wrapper)
    _fill(root, told)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode").encode()


def _fill(element: ElementTree.Element, told: Any) -> None:
    if isinstance(told, Mapping):
        for name, value in told.items():
            _fill(ElementTree.SubElement(element, name), value)
    elif isinstance(told, list):
        for row in told:
            _fill(ElementTree.SubElement(element, _ONE[element.tag]), row)
    elif told is not None and told != "":
        element.text = told if isinstance(told, str) else json.dumps(told)


def _clean(told: Any) -> Any:
    if isinstance(told, str):
        return _UNWRITABLE.sub("", told).replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(told, Mapping):
        return {name: _clean(value) for name, value in told.items()}
    if isinstance(told, Sequence):
        return [_clean(row) for row in told]
    return told
