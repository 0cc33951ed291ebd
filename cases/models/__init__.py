"""The nouns of the work: cases and their history, messages to units."""

from cases.models.case import Case, CaseEvent, CaseSource
from cases.models.messages import Message
from cases.models.numbers import CaseSerial

__all__ = ["Case", "CaseEvent", "CaseSerial", "CaseSource", "Message"]
