"""Requests of another Open311 server, from a file or page by page from its address, taken in as cases.

What comes is JSON or XML; both become the table that `cases.importing.files` takes in, so the same holds: one
transaction, rejects to a file, a request known by its number in the source is not taken in twice, and one that was
closed since is closed. Read from the network is first all of it, then written.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException, ElementTree
from django.utils.dateparse import parse_datetime
from tqdm import tqdm

from cases import webhook
from cases.webhook import NotDelivered
from cells.importing.errors import ImportRefused

Row = dict[str, Any]
COLUMNS = ("label", "class", "words", "address", "status", "reported_at", "closed_at", "lon", "lat")
MOST_FILE_BYTES, MOST_PAGE_BYTES = 512 * 1024 * 1024, 64 * 1024 * 1024
# The standard's own limits: so many days at once, so many requests.
SPAN, PAGE = dt.timedelta(days=90), 1000
LEAST_SPAN = dt.timedelta(minutes=10)
MOST_PAGES, ATTEMPTS, TIMEOUT_S, FIRST_WAIT_S = 10_000, 4, 60.0, 0.5
_OUR_CODE = re.compile(r"(component|event)-\d{4,5}")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def parse(content: bytes, *, where: str) -> list[Row]:
    """The requests in an answer or a file, JSON or XML; raises ImportRefused with what it is instead."""
    begin = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    found = _from_xml(content, where) if begin == b"<" else _from_json(content, where)
    if isinstance(found, dict):  # some servers keep the wrapper of XML
        found = found.get("service_requests", found.get("requests"))
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ImportRefused(f"{where} has no list of requests.", hint="Give what requests.json or .xml answers.")
    faults = [row for row in found if "code" in row and "service_request_id" not in row]
    if faults:
        raise ImportRefused(f"{where} answers {faults[0]['code']}: {str(faults[0].get('description'))[:200]}")
    return found


def read_file(path: Path) -> list[Row]:
    """The requests of a file."""
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise ImportRefused(f"{path} has more than {MOST_FILE_BYTES // 2**20} MB.", hint="Split it.")
        return parse(path.read_bytes(), where=path.name)
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}.") from error


def read_server(url: str, *, since: dt.datetime, until: dt.datetime, show: bool = False) -> list[Row]:
    """The requests of a server, reported from one moment to another: in windows of 90 days, page by page.

    `url` is that of its door (…/v2) or of its requests (….json, ….xml). A server that knows no pages is asked for
    shorter windows, until each is less than what it lists at once.

    Raises
    ------
    ImportRefused : the address may not be reached, or it does not answer as it must
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ImportRefused(f"“{url[:100]}” is no address of a server.", hint="Give https://…/v2, or a file.")
    if not parts.path.endswith((".json", ".xml")):
        url = parts._replace(path=f"{parts.path.rstrip('/')}/requests.json").geturl()
    found: dict[str, Row] = {}
    unnamed: list[Row] = []
    begin = since
    until += dt.timedelta(seconds=1)  # moments are asked for in whole seconds: not to miss what came in this one
    with tqdm(desc="requests", unit="", disable=not show) as bar:
        while begin < until:
            end = min(begin + SPAN, until)
            for row in _window(url, begin, end):
                number = str(row.get("service_request_id") or "")
                if number:
                    found[number] = row
                else:
                    unnamed.append(row)
                bar.update()
            begin = end
    return [*found.values(), *unnamed]


def write_table(rows: list[Row], path: Path) -> None:
    """The requests as the table that the import of cases reads; what cannot be read in a row is for it to refuse."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for row in rows:
            table.writerow({name: _UNWRITABLE.sub("", text) for name, text in _fields(row).items()})


def _fields(row: Row) -> dict[str, str]:
    told = {name: "" if value is None else str(value).strip() for name, value in row.items() if not _is_nested(value)}
    code = told.get("service_code", "")
    closed = told.get("status", "").lower() == "closed"
    return {
        "label": told.get("service_request_id", ""),
        "class": code if _OUR_CODE.fullmatch(code) else told.get("service_name") or code,
        "words": told.get("description", ""),
        "address": told.get("address", ""),
        "status": told.get("status", ""),
        "reported_at": _moment(told.get("requested_datetime", "")),
        "closed_at": _moment(told.get("updated_datetime", "")) if closed else "",
        "lon": told.get("long", ""),
        "lat": told.get("lat", ""),
    }


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _moment(text: str) -> str:
    """A moment in UTC, so that a file of several zones has one; as it is where it cannot be read."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return text
    return text if found is None or found.tzinfo is None else found.astimezone(dt.UTC).isoformat()


def _window(url: str, begin: dt.datetime, end: dt.datetime) -> Iterator[Row]:
    """The requests of a window, some perhaps twice."""
    seen: set[str] = set()
    for page in range(1, MOST_PAGES):
        rows = _page(url, begin, end, page)
        fresh = {str(row.get("service_request_id")) for row in rows} - seen
        if page == 2 and rows and not fresh and len(rows) >= PAGE and end - begin > LEAST_SPAN:
            # It lists the same again: pages are unknown to it, and there may be more than it lists.
            middle = begin + (end - begin) / 2
            yield from _window(url, begin, middle)
            yield from _window(url, middle, end)
            return
        if not fresh:
            return
        seen |= fresh
        yield from rows


def _page(url: str, begin: dt.datetime, end: dt.datetime, page: int) -> list[Row]:
    moments = {"start_date": _written(begin), "end_date": _written(end)}
    asked = f"{url}{'&' if '?' in url else '?'}{urlencode({**moments, 'page': page, 'page_size': PAGE})}"
    where = urlsplit(url).netloc
    for attempt in range(1, ATTEMPTS + 1):
        try:
            status, said = webhook.call(asked, verb="GET", headers={}, timeout_s=TIMEOUT_S, most_bytes=MOST_PAGE_BYTES)
        except NotDelivered as error:
            if error.hopeless or attempt == ATTEMPTS:
                raise ImportRefused(str(error)) from error
        else:
            if status < 400:
                break
            if (status < 500 and status != 429) or attempt == ATTEMPTS:
                parse(said, where=where)  # says what the server says, where it says it as it must
                raise ImportRefused(f"{where} answers {status}.")
        time.sleep(FIRST_WAIT_S * 2**attempt)
    if status >= 300:
        raise ImportRefused(f"{where} answers {status}: it points elsewhere, where nothing follows.")
    return parse(said, where=where)


def _written(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _from_json(content: bytes, where: str) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ImportRefused(f"{where} is neither JSON nor XML: {str(error)[:200]}") from error


def _from_xml(content: bytes, where: str) -> Any:
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise ImportRefused(
            f"{where} is no XML that is read here: {str(error)[:200] or type(error).__name__}"
        ) from error
    return [{field.tag: None if len(field) else field.text for field in row} for row in root]
