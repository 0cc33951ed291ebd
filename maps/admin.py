"""The administrator's tables: catalogues, levels, roles, sources and people are changed here, cases only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cases.models import (
    ApiToken,
    CalendarYear,
    CallerLook,
    Case,
    CaseEvent,
    CaseSource,
    ClassModel,
    EmergencyGrade,
    Handover,
    HookSubscription,
    Indicator,
    Label,
    LadderStep,
    OpenAttribute,
    OpenDoor,
    OpenKey,
    OpenService,
    Outgoing,
    OwnUnit,
    PassedUp,
    Peer,
    SideRole,
    SpecialDay,
    StageLimit,
    TwinRule,
    WorkHours,
)
from cells.models import (
    CatalogueClass,
    CatalogueEdition,
    DutyShift,
    FilingCondition,
    Level,
    Person,
    PlanCheck,
    Post,
    PostHolder,
    Posting,
    PostKind,
    Role,
    Rule,
    Team,
    TeamKind,
)


class ReadOnly:
    """Nothing is added, changed or removed here: there is one door for that."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HistoryInline(ReadOnly, admin.TabularInline):
    model = CaseEvent
    fields = ("at", "act", "from_stage", "to_stage", "by", "owner", "note")


@admin.register(Case)
class CaseAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("number", "stage", "catalogue_class", "owner", "reported_at")
    list_filter = ("stage", "source")
    list_select_related = ("catalogue_class", "owner")
    search_fields = ("number",)
    show_full_result_count = False
    exclude = ("place",)
    inlines = (HistoryInline,)


@admin.register(CallerLook)
class LookAdmin(ReadOnly, admin.ModelAdmin):
    """Who looked at callers, and when; the callers themselves are not shown here."""

    list_display = ("at", "by", "case")
    list_select_related = ("by", "case")
    search_fields = ("by__username", "case__number")
    show_full_result_count = False


@admin.register(ClassModel)
class ClassModelAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("made_at", "is_current", "cases", "classes", "held_out", "top1", "top3", "library")
    exclude = ("weights", "vocabulary")


@admin.register(Outgoing)
class OutgoingAdmin(ReadOnly, admin.ModelAdmin):
    """Where messages stand, not what they say and to whom: callers are known only to those who answer them."""

    list_display = ("key", "kind", "state", "attempts", "next_at", "sent_at", "case", "last_error")
    list_filter = ("state", "kind")
    list_select_related = ("case",)
    search_fields = ("key",)
    show_full_result_count = False
    exclude = ("to", "subject", "body", "caller")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Outgoing]:
        # Not even read: the administrator's role in PostgreSQL may not.
        return super().get_queryset(request).defer("to", "subject", "body")


class ConditionInline(admin.TabularInline):
    model = FilingCondition
    extra = 0


@admin.register(CatalogueClass)
class ClassAdmin(admin.ModelAdmin):
    list_display = ("edition", "kind", "major", "minor", "name_zh", "name_en", "is_extension", "mark")
    list_display_links = ("name_zh",)
    list_filter = ("edition", "kind", "major", "is_extension", "mark")
    search_fields = ("name_zh", "name_en")
    inlines = (ConditionInline,)


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("user", "role", "name_zh", "name_en", "territory", "must_change_password")
    list_filter = ("role",)
    list_select_related = ("user", "role", "territory")
    search_fields = ("user__username", "name_zh", "name_en")
    raw_id_fields = ("user", "territory")


@admin.register(Posting)
class PostingAdmin(admin.ModelAdmin):
    list_display = ("person", "grid", "since", "until")
    list_select_related = ("person__user", "grid")
    search_fields = ("person__name_zh", "person__name_en", "grid__code")
    raw_id_fields = ("person", "grid", "stands_in_for")


@admin.register(PostHolder)
class PostHolderAdmin(admin.ModelAdmin):
    list_display = ("post", "person", "unit", "since", "until", "stands_in_for")
    list_filter = ("post__kind",)
    list_select_related = ("post__kind", "post__grid", "person__user", "stands_in_for__user")
    search_fields = ("person__name_zh", "person__name_en", "post__grid__code")
    raw_id_fields = ("post", "person", "stands_in_for")


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    list_display = ("kind", "grid", "duty", "reward")
    list_filter = ("kind",)
    list_select_related = ("kind", "grid")
    search_fields = ("grid__code",)
    raw_id_fields = ("grid",)


@admin.register(Handover)
class HandoverAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("leaver", "successor", "day", "state", "reason", "by", "done_at", "trouble")
    list_filter = ("state",)
    list_select_related = ("leaver__user", "successor__user", "by")


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name_zh", "name_en", "kind", "telephone", "territory", "is_active")
    list_filter = ("kind", "is_active")
    list_select_related = ("kind", "territory")
    search_fields = ("name_zh", "name_en")
    raw_id_fields = ("territory",)


@admin.register(DutyShift)
class DutyShiftAdmin(admin.ModelAdmin):
    list_display = ("team", "person", "starts_at", "ends_at")
    list_filter = ("team__kind",)
    list_select_related = ("team", "person__user")
    date_hierarchy = "starts_at"
    search_fields = ("team__name_zh", "team__name_en", "person__name_zh", "person__name_en")
    raw_id_fields = ("person",)


@admin.register(StageLimit)
class StageLimitAdmin(admin.ModelAdmin):
    list_display = ("stage", "catalogue_class", "condition", "area_class", "grade", "order", "value", "unit", "mark")
    list_filter = ("stage", "grade", "unit", "mark")
    list_select_related = ("catalogue_class", "condition__catalogue_class")
    raw_id_fields = ("catalogue_class", "condition")


class AttributeInline(admin.TabularInline):
    model = OpenAttribute
    extra = 0


@admin.register(OpenService)
class ServiceAdmin(admin.ModelAdmin):
    """What the public may report through the Open311 door, and what is asked besides."""

    list_display = ("catalogue_class", "name_zh", "name_en", "may_report", "is_shown")
    list_filter = ("may_report", "is_shown", "catalogue_class__edition")
    list_select_related = ("catalogue_class",)
    search_fields = ("catalogue_class__name_zh", "catalogue_class__name_en", "name_zh", "name_en")
    raw_id_fields = ("catalogue_class",)
    inlines = (AttributeInline,)


@admin.register(OpenKey)
class KeyAdmin(admin.ModelAdmin):
    """Keys are made by `manage.py open_key`, which shows them once; here their limits are set."""

    list_display = ("name", "scopes", "source", "per_minute", "per_day", "is_active", "until", "made_at")
    readonly_fields = ("user", "made_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HookSubscription)
class SubscriptionAdmin(admin.ModelAdmin):
    """Subscriptions are made by `manage.py hook`, which shows their secret; here they are ended."""

    list_display = ("name", "url", "events", "territory", "is_active", "made_at")
    list_select_related = ("territory",)
    readonly_fields = ("url", "cursor", "made_at")
    raw_id_fields = ("territory",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiToken)
class TokenAdmin(admin.ModelAdmin):
    """Tokens are made by `manage.py create_token`, which shows them once; here they are revoked and limited."""

    list_display = ("name", "scopes", "territory", "source", "per_minute", "is_active", "until", "last_used_at")
    list_select_related = ("territory", "source")
    readonly_fields = ("user", "made_at", "last_used_at")
    raw_id_fields = ("territory",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Peer)
class PeerAdmin(admin.ModelAdmin):
    list_display = ("name", "url", "levels", "since", "is_active", "heard_at", "last_error")
    readonly_fields = ("cursor", "heard_at", "last_error")
    filter_horizontal = ("classes",)


@admin.register(PassedUp)
class PassedUpAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("case", "peer", "state", "attempts", "next_at", "number_there", "stage_there", "last_error")
    list_filter = ("state", "peer", "stage_there")
    list_select_related = ("case", "peer")
    search_fields = ("case__number", "number_there")
    show_full_result_count = False
    exclude = ("told",)


for model, columns in {
    Rule: ("slug", "value", "unit", "name_zh", "name_en", "source"),
    PlanCheck: ("rank", "slug", "severity", "name_zh", "name_en"),
    Level: ("rank", "slug", "name_zh", "name_en", "code_digits"),
    Role: ("slug", "name_zh", "name_en"),
    PostKind: ("rank", "slug", "level", "also_level", "role", "by_posting", "needed", "reach", "name_zh", "name_en"),
    TeamKind: ("rank", "slug", "round_the_clock", "sent_for", "name_zh", "name_en"),
    CaseSource: ("slug", "name_zh", "name_en"),
    EmergencyGrade: ("rank", "slug", "level", "role", "name_zh", "name_en", "source", "mark"),
    TwinRule: ("catalogue_class", "radius_m", "window_hours", "source"),
    Label: ("slug", "name_zh", "name_en"),
    OpenDoor: ("jurisdiction", "contact", "key_service", "changed_at", "is_production", "keep_outside"),
    LadderStep: ("rank", "slug", "level", "climbs", "seconds", "name_zh", "name_en"),
    OwnUnit: ("person", "unit", "step"),
    SideRole: ("side", "role", "level", "by_place"),
    CatalogueEdition: ("slug", "name", "is_default"),
    WorkHours: ("weekday", "begins", "ends", "source", "mark"),
    CalendarYear: ("year", "source", "mark"),
    Indicator: ("rank", "key", "name_zh", "name_en", "numerator", "denominator", "period", "mark", "source"),
    SpecialDay: ("day", "kind", "name_zh", "name_en", "hours", "source", "mark"),
}.items():
    admin.site.register(model, type(f"{model.__name__}Admin", (admin.ModelAdmin,), {"list_display": columns}))
