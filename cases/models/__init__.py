"""The nouns of the work: cases and their history, coordination, callers, clocks, sides, messages, working time."""

from cases.models.appeals import Appeal, AppealPaper, AppealReview
from cases.models.calendars import CalendarYear, SpecialDay, StageLimit, WorkHours
from cases.models.callers import Caller, CallerLook
from cases.models.case import Case, CaseSource
from cases.models.clocks import CaseClock
from cases.models.coordination import CasePart, Commitment, Coordination, Meeting, Participant, PlanStep
from cases.models.correction import CorrectionItem, CorrectionLine, CorrectionMonth, CorrectionTable
from cases.models.emergencies import EmergencyGrade
from cases.models.exchange import ExchangeNews, PassedUp, Peer
from cases.models.handovers import Handover, HandoverShare
from cases.models.history import CaseEvent, CasePhoto, HistorySeal
from cases.models.hooks import HookSubscription
from cases.models.judging import CaseFacts, Department, FactsMark, Indicator, Ranking, RankingEntry, Scheme, SchemePart
from cases.models.ladder import LadderStep, OwnUnit
from cases.models.ledger import LedgerEntry, LedgerMark, LedgerSerial
from cases.models.messages import Message
from cases.models.notices import Award, Notice
from cases.models.numbers import CaseSerial
from cases.models.once import DoneOnce
from cases.models.open311 import OpenAttribute, OpenDoor, OpenKey, OpenRequest, OpenService, OpenUse
from cases.models.outgoing import Outgoing
from cases.models.patrol_orders import PatrolOrder, PatrolOrderCell
from cases.models.patrols import CellVisit, PatrolRecord, TrackDevice, TrackFlag, TrackPoint
from cases.models.precedents import Precedent
from cases.models.public import Follower, Opinion, PublicUse, ReleasedPhoto
from cases.models.sides import Label, SideRole
from cases.models.spot_checks import SpotCheck, SpotDraw, SpotFinding
from cases.models.suggestion import ClassModel, TwinRule
from cases.models.summaries import DayTally, TallyChange
from cases.models.tokens import ApiToken

__all__ = [
    "ApiToken",
    "Appeal",
    "AppealPaper",
    "AppealReview",
    "Award",
    "CalendarYear",
    "Caller",
    "CallerLook",
    "Case",
    "CaseClock",
    "CaseEvent",
    "CaseFacts",
    "CasePart",
    "CasePhoto",
    "CaseSerial",
    "CaseSource",
    "CellVisit",
    "ClassModel",
    "Commitment",
    "Coordination",
    "CorrectionItem",
    "CorrectionLine",
    "CorrectionMonth",
    "CorrectionTable",
    "DayTally",
    "Department",
    "DoneOnce",
    "EmergencyGrade",
    "ExchangeNews",
    "FactsMark",
    "Follower",
    "Handover",
    "HandoverShare",
    "HistorySeal",
    "HookSubscription",
    "Indicator",
    "Label",
    "LadderStep",
    "LedgerEntry",
    "LedgerMark",
    "LedgerSerial",
    "Meeting",
    "Message",
    "Notice",
    "OpenAttribute",
    "OpenDoor",
    "OpenKey",
    "OpenRequest",
    "OpenService",
    "OpenUse",
    "Opinion",
    "Outgoing",
    "OwnUnit",
    "Participant",
    "PassedUp",
    "PatrolOrder",
    "PatrolOrderCell",
    "PatrolRecord",
    "Peer",
    "PlanStep",
    "Precedent",
    "PublicUse",
    "Ranking",
    "RankingEntry",
    "ReleasedPhoto",
    "Scheme",
    "SchemePart",
    "SideRole",
    "SpecialDay",
    "SpotCheck",
    "SpotDraw",
    "SpotFinding",
    "StageLimit",
    "TallyChange",
    "TrackDevice",
    "TrackFlag",
    "TrackPoint",
    "TwinRule",
    "WorkHours",
]
