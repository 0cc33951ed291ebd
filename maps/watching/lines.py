"""Lines of the log: for a reader, or one JSON object each (WANMI_LOG=json); with the request that they belong to.

Words come from everywhere, so no line is made of them as they are: in JSON control characters are escaped, in plain
lines too, and what follows in a traceback is indented. Nobody's name, words, telephone or address of the net is written
by us: a case is told by its number, a user by his id.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from contextvars import ContextVar
from typing import Any

# The id of the request that is being answered, and of the user who asks, where he is known yet.
REQUEST: ContextVar[str] = ContextVar("request", default="")
USER: ContextVar[int | None] = ContextVar("user", default=None)
# What a line may say besides its message, in this order.
TOLD = ("case", "act", "stage", "user", "method", "view", "status", "ms", "sql_ms", "statement")
_INDENT = "    | "


class OfRequest(logging.Filter):
    """Adds the request's id and the user's to a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST.get()
        if getattr(record, "user", None) is None:
            record.user = USER.get()
        return True


class Json(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if getattr(record, "request_id", ""):
            told["request"] = record.request_id
        told |= {name: value for name in TOLD if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str).translate(_UNSEEN)


class Plain(logging.Formatter):
    """A line for a reader; a traceback below it, indented."""

    def format(self, record: logging.LogRecord) -> str:
        said = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.getMessage()}"
        if getattr(record, "request_id", ""):
            said += f" [{record.request_id}]"
        line = said.translate(_UNSEEN)
        if record.exc_info:
            below = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n{_INDENT}{one.translate(_UNSEEN)}" for one in below)
        return line


# Whatever a terminal or a reader of lines takes for more than a sign, and what turns the direction of reading.
_ODD = [
    *range(0x20),
    *range(0x7F, 0xA0),
    0x2028,
    0x2029,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *range(0xD800, 0xE000),
]
_UNSEEN = {number: f"\\u{number:04x}" for number in _ODD}
