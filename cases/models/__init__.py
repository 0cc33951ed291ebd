"""The nouns of the work: cases and their history."""

from cases.models.case import Case, CaseEvent, CaseSource

__all__ = ["Case", "CaseEvent", "CaseSource"]
