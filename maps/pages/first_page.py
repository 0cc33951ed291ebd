"""Where somebody comes to after the login."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cells.models import Role

FIRST_PAGES = {Role.OFFICER: "my", Role.LEADER: "leader"}


def first_page(user: Any) -> str:
    """An officer comes to his cases, a leader to the overview, everybody else to the map."""
    person = getattr(user, "person", None)
    return reverse(FIRST_PAGES.get(person.role_id if person else "", "home"))
