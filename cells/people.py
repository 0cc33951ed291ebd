"""The first people of a city: one of each role, each with a password that works once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from cells.models import Edition, Grid, GridVersion, Level, Person, Posting, Role

FIRST_GRIDS = 2  # of the first grid officer
# Without the letters and digits that are mistaken for one another when read from a screen.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A user just made, with the password to hand over: it is stored nowhere else, but as a hash."""

    username: str
    role: Role
    password: str
    territory: str


@transaction.atomic
def create_people(*, reset: bool = False) -> list[NewPerson]:
    """One user for each role, named after it; those just made (or, with `reset`, given a new password).

    The community officer and the grid officer get the first community of the edition in force (the whole city where
    there is none yet: run again with `reset` after the first edition); the grid officer answers for its first two
    third-level grids. Everyone must choose a password at the first login; the
    administrator may enter /admin/.
    """
    users = get_user_model()
    made = []
    for role in Role.objects.order_by("pk"):
        administers = role.slug == Role.ADMINISTRATOR
        user, is_new = users.objects.select_for_update().get_or_create(
            username=role.slug, defaults={"is_staff": administers, "is_superuser": administers}
        )
        if not is_new and not reset:
            continue
        password = _one_time_password()
        user.set_password(password)
        user.save(update_fields=["password"])
        person, _ = Person.objects.get_or_create(
            user=user, defaults={"role": role, "name_zh": role.name_zh, "name_en": role.name_en}
        )
        if role.slug in (Role.COMMUNITY, Role.OFFICER, Role.SECONDED, Role.STAFF) and person.territory is None:
            person.territory = _first_community()
        person.must_change_password = True
        person.save(update_fields=["territory", "must_change_password"])
        if role.slug == Role.OFFICER and person.territory is not None and not person.postings.exists():
            _post(person, person.territory)
        made.append(NewPerson(user.username, role, password, person.territory.code if person.territory else ""))
    return made


def _one_time_password() -> str:
    """Three groups of four: 59 bits, easy to read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def _post(person: Person, community: Grid) -> None:
    """Post a person from today on to the first third-level grids of a community."""
    there = GridVersion.objects.current().filter(grid__level=Level.GRID, parent=community).order_by("grid__code")
    today = timezone.localdate()
    Posting.objects.bulk_create(
        [
            Posting(person=person, grid_id=grid, since=today)
            for grid in there.values_list("grid", flat=True)[:FIRST_GRIDS]
        ]
    )


def _first_community() -> Grid | None:
    edition = Edition.objects.published().filter(valid_to=None).first()
    if edition is None:
        return None
    version = (
        GridVersion.objects.of_edition(edition)
        .filter(grid__level=Level.COMMUNITY)
        .select_related("grid")
        .order_by("grid__code")
        .first()
    )
    return version.grid if version else None
