"""Lines of the log: one entry is one line, whatever somebody typed stands in it."""

from __future__ import annotations

import logging
import re

# What a terminal or a reader of logs takes for a new line or an order: C0 and C1, and Unicode's own line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class OneLine(logging.Formatter):
    """Writes control characters of the words as escapes; the way through the code, which is ours, keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line of a record, without the way through the code."""
        return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", super().formatMessage(record))
