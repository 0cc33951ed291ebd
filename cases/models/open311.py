"""What the Open311 door says and to whom: the city's own words of it, the classes it is open for, keys, and what came.

All of it is data that the city edits: `fixtures/open_door.json` is what a new one starts from.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, CaseSource
from cells.models import CatalogueClass


def _in_language(zh: str, en: str) -> str:
    return (zh or en) if (get_language() or "").startswith("zh") else (en or zh)


class OpenDoor(models.Model):
    """What discovery says of this city; one row."""

    specification = models.CharField(_("specification"), max_length=200)
    jurisdiction = models.CharField(_("jurisdiction id"), max_length=100, blank=True)
    contact = models.CharField(_("contact"), max_length=300)
    key_service = models.CharField(_("how to get a key"), max_length=300)
    changed_at = models.DateTimeField(_("changed at"))
    is_production = models.BooleanField(_("for real reports"), default=True)
    keep_outside = models.BooleanField(_("keep reports from outside the city"), default=False)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="one_open_door"),)

    def __str__(self) -> str:
        return self.jurisdiction or self.specification


class OpenService(models.Model):
    """A class of the catalogue that the public may report, and whose cases it may see."""

    catalogue_class = models.OneToOneField(
        CatalogueClass, on_delete=models.CASCADE, primary_key=True, related_name="open_service", verbose_name=_("class")
    )
    # Empty: the catalogue's own name, and its major heading.
    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=160, blank=True)
    group_zh = models.CharField(_("group (Chinese)"), max_length=120, blank=True)
    group_en = models.CharField(_("group (English)"), max_length=160, blank=True)
    description_zh = models.CharField(_("description (Chinese)"), max_length=500, blank=True)
    description_en = models.CharField(_("description (English)"), max_length=500, blank=True)
    keywords_zh = models.CharField(_("keywords (Chinese), commas between"), max_length=300, blank=True)
    keywords_en = models.CharField(_("keywords (English), commas between"), max_length=300, blank=True)
    notice_zh = models.CharField(_("what is said to who reports (Chinese)"), max_length=500, blank=True)
    notice_en = models.CharField(_("what is said to who reports (English)"), max_length=500, blank=True)
    may_report = models.BooleanField(_("may be reported"), default=True)
    is_shown = models.BooleanField(_("its cases are shown"), default=True)

    class Meta:
        ordering = ("catalogue_class",)

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """Kind and code of the class, as intake takes it: “event-0103”."""
        return f"{self.catalogue_class.kind}-{self.catalogue_class.code}"

    @property
    def name(self) -> str:
        """The public name in the reader's language."""
        return _in_language(self.name_zh, self.name_en) or self.catalogue_class.name

    def words(self, name: str) -> str:
        """`description`, `keywords`, `group` or `notice` in the reader's language; `heading` where it was asked for."""
        return _in_language(getattr(self, f"{name}_zh"), getattr(self, f"{name}_en"))


class OpenAttribute(models.Model):
    """One question that a service asks besides place and words."""

    class Datatype(models.TextChoices):
        STRING = "string", _("short text")
        NUMBER = "number", _("number")
        DATETIME = "datetime", _("moment")
        TEXT = "text", _("long text")
        ONE = "singlevaluelist", _("one of a list")
        MANY = "multivaluelist", _("several of a list")

    service = models.ForeignKey(OpenService, on_delete=models.CASCADE, related_name="attributes")
    code = models.SlugField(_("code"), max_length=40)
    rank = models.PositiveSmallIntegerField(_("order"))
    datatype = models.CharField(_("kind of answer"), max_length=16, choices=Datatype.choices)
    asks = models.BooleanField(_("asks something (else it only tells)"), default=True)
    required = models.BooleanField(_("must be answered"), default=False)
    description_zh = models.CharField(_("question (Chinese)"), max_length=300)
    description_en = models.CharField(_("question (English)"), max_length=300)
    hint_zh = models.CharField(_("how to answer (Chinese)"), max_length=300, blank=True)
    hint_en = models.CharField(_("how to answer (English)"), max_length=300, blank=True)
    values = models.JSONField(_("list: key, Chinese, English"), default=list, blank=True)

    class Meta:
        ordering = ("service", "rank")
        constraints = (
            models.UniqueConstraint(fields=["service", "code"], name="a_question_once_a_service"),
            models.UniqueConstraint(fields=["service", "rank"], name="one_question_a_rank"),
            models.CheckConstraint(condition=models.Q(rank__gte=1), name="ranks_begin_with_one"),
            models.CheckConstraint(
                condition=models.Q(asks=True) | models.Q(required=False), name="what_only_tells_needs_no_answer"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_id} {self.code}"

    def words(self, name: str) -> str:
        """`description` or `hint` in the reader's language."""
        return _in_language(getattr(self, f"{name}_zh"), getattr(self, f"{name}_en"))

    @property
    def choices(self) -> dict[str, str]:
        """Key and name of each value, in the reader's language."""
        return {key: _in_language(zh, en) for key, zh, en in self.values}


class OpenKey(models.Model):
    """A key to the door: whose it is, what it opens, how often. Only its digest is kept."""

    class Scope(models.TextChoices):
        REPORT = "report", _("send reports")
        EXCHANGE = "exchange", _("exchange cases with another platform")

    name = models.CharField(_("name"), max_length=60, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices), verbose_name=_("opens"))
    # Who stands in the history of what comes by it: no person of the city, unless it is made one.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(CaseSource, on_delete=models.PROTECT, related_name="+", verbose_name=_("source"))
    per_minute = models.PositiveIntegerField(_("reports a minute"))
    per_day = models.PositiveIntegerField(_("reports a day"))
    is_active = models.BooleanField(_("in use"), default=True)
    until = models.DateTimeField(_("valid until"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class OpenUse(models.Model):
    """How often a key was used within a minute or a day: the limits need no other server."""

    key = models.ForeignKey(OpenKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    span = models.CharField(max_length=6, choices=[("minute", "minute"), ("day", "day")])
    since = models.DateTimeField()
    times = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key", "span", "since"], name="a_span_once_a_key"),)

    def __str__(self) -> str:
        return f"{self.key_id} {self.span} {self.since}"


class OpenRequest(models.Model):
    """What a case that came by the door brought besides: its key and answers. No e-mail, no device is kept."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="open_request")
    key = models.ForeignKey(OpenKey, on_delete=models.PROTECT, related_name="requests", db_index=False)
    # Of sender, device, place and words: the same report sent twice is one.
    digest = models.CharField(max_length=64, editable=False)
    came_at = models.DateTimeField(_("came at"))
    attributes = models.JSONField(_("answers"), default=dict, blank=True)
    # The last line of its history that is among the news of an exchange.
    told_upto = models.BigIntegerField(default=0, db_default=0, editable=False)
    media_url = models.CharField(_("address of a picture, never fetched"), max_length=500, blank=True)

    class Meta:
        indexes = (models.Index(fields=["digest", "-came_at"], name="open_request_again"),)

    def __str__(self) -> str:
        return f"{self.case_id}"
