"""The nouns of the work: cases and their history."""

from cases.models.case import Case, CaseEvent, CaseSource
from cases.models.numbers import CaseSerial

__all__ = ["Case", "CaseEvent", "CaseSerial", "CaseSource"]
