"""The nouns of the work: cases and their history, callers, messages to units, working time."""

from cases.models.calendars import CalendarYear, SpecialDay, StageLimit, WorkHours
from cases.models.callers import Caller, CallerLook
from cases.models.case import Case, CaseEvent, CaseSource
from cases.models.messages import Message
from cases.models.numbers import CaseSerial
from cases.models.suggestion import ClassModel, TwinRule

__all__ = [
    "CalendarYear",
    "Caller",
    "CallerLook",
    "Case",
    "CaseEvent",
    "CaseSerial",
    "CaseSource",
    "ClassModel",
    "Message",
    "SpecialDay",
    "StageLimit",
    "TwinRule",
    "WorkHours",
]
