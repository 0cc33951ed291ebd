"""What the fuzz finds in a city: people of every role, cases, cells, a plan, a token, a key."""

from __future__ import annotations

import datetime as dt
import io

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from PIL import Image

from cases import keyring
from cases.citizens import codes
from cases.models import ApiToken, Case
from cells.models import CellVersion, Grid, Person, Plan, Role
from cells.plans import open_plan
from spatial import crs as reference
from tests.fuzz.doors import World


def of_a_demo_city() -> World:
    """The world of the configured database, which has people of the demo city."""
    people = [
        Person.objects.filter(role_id=role).order_by("pk").first() for role in Role.objects.values_list("pk", flat=True)
    ]
    users = [person.user for person in people if person is not None]
    users += list(get_user_model().objects.filter(is_superuser=True)[:1])
    Person.objects.update(must_change_password=False)
    return of_people(users)


def of_people(users: list) -> World:  # type: ignore[type-arg]
    """The world of the configured database, as these people meet it."""
    cells = list(CellVersion.objects.current().order_by("cell__code").select_related("cell")[:5])
    x, y = cells[0].shape.point_on_surface.coords
    lon, lat = reference.from_city([[x, y]], srid=settings.CITY_SRID)[0].tolist()
    plan = Plan.objects.order_by("pk").first() or open_plan(title="fuzz", by=users[0])
    now = timezone.now()
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    grids = Grid.objects.exclude(level__slug="cell").order_by("pk").values_list("code", flat=True)
    return World(
        users=users,
        numbers=list(Case.objects.order_by("-pk").values_list("number", flat=True)[:5]),
        cells=[version.cell.code for version in cells],
        grids=[str(code) for code in grids[:5]],
        place=(round(lon, 6), round(lat, 6)),
        plan=plan.pk,
        keys=[version.cell_id for version in cells],
        grid=Grid.objects.filter(level__slug="grid").order_by("pk").values_list("pk", flat=True).first() or 1,
        key=keyring.make_key("fuzz", scopes=["report"], source="public", per_minute=10**9, per_day=10**9, at=now),
        token=keyring.make_token(
            "fuzz", scopes=ApiToken.Scope.values, territory=None, source="public", per_minute=10**9, at=now
        ),
        photo=picture.getvalue(),
        form=codes.fresh_form(at=now - dt.timedelta(minutes=1)),
    )
