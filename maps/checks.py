"""What can be wrong with an installation, told at the start with the command that heals it (`manage.py check`).

`wanmi.E001` CITY_SRID is not a projected CRS in metres         `wanmi.W001` GDAL of the wheels is missing
`wanmi.E002` geometry columns are in another CRS than CITY_SRID  `wanmi.W002` a translation is missing or out of date
`wanmi.E003` PostGIS is missing or too old                       `wanmi.W003` the server is open to others, in the clear
`wanmi.E004` an extension of PostgreSQL is missing               `wanmi.W004` the roles of the web are missing
`wanmi.E005` files of the front end are missing
`wanmi.E006` LC_CTYPE splits Chinese words into nothing

Those of the database run with `manage.py check --database default` and before every `migrate`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.gis.db.models import GeometryField
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import OperationalError

from maps import vendor
from spatial import crs
from spatial.errors import SpatialError
from spatial.postgis import run

OLDEST_POSTGIS = (3, 3)
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")


def check_city_srid(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        crs.require_metric(settings.CITY_SRID)
    except SpatialError as error:
        return [
            Error(
                f"CITY_SRID cannot keep a city: {error}",
                hint="Set CITY_SRID to the EPSG number of the projected CRS, in metres, of the city's own surveying.",
                id="wanmi.E001",
            )
        ]
    return []


def check_front_end(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    wanted = (
        vendor.VENDOR / package.rsplit("/", 1)[-1] / name.removeprefix("dist/")
        for package, names in vendor.FILES.items()
        for name in names
    )
    missing = [str(file.relative_to(vendor.VENDOR)) for file in wanted if not file.is_file()]
    if not missing:
        return []
    return [
        Error(
            f"{len(missing)} files of the front end are missing: {', '.join(missing[:3])}{'…' if missing[3:] else ''}.",
            hint="Run `make setup`, which installs and copies them.",
            id="wanmi.E005",
        )
    ]


def check_translations(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    stale = [
        po for folder in settings.LOCALE_PATHS for po in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")) if _stale(po)
    ]
    if not stale:
        return []
    return [
        Warning(
            f"{len(stale)} translations are not compiled: {', '.join('/'.join(po.parts[-3:]) for po in stale)}.",
            hint="Run `make setup`, which compiles them (needs gettext).",
            id="wanmi.W002",
        )
    ]


def _stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def check_libraries(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """One GDAL and one GEOS in the process, the wheels'; else the system's older ones are loaded beside them."""
    if getattr(settings, "GDAL_LIBRARY_PATH", None) and getattr(settings, "GEOS_LIBRARY_PATH", None):
        return []
    return [
        Warning(
            "The installed pyogrio and shapely bring no GDAL and GEOS of their own, the system's are used.",
            hint="Install both from their binary wheels: `make clean setup`.",
            id="wanmi.W001",
        )
    ]


def check_open_server(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Django's own list is for HTTPS; at 127.0.0.1 its advice would only keep people from logging in."""
    open_to = [host for host in settings.ALLOWED_HOSTS if host not in ("127.0.0.1", "localhost", "[::1]", "testserver")]
    if not open_to or settings.SESSION_COOKIE_SECURE:
        return []
    return [
        Warning(
            f"CITY_HOSTS names {', '.join(open_to)}, but cookies go over plain HTTP.",
            hint="Serve it behind HTTPS and say so: CITY_ORIGINS=https://… makes cookies and redirects secure.",
            id="wanmi.W003",
        )
    ]


def check_database(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """What the database must be; asked only where it is named (`check --database default`, `migrate`, `make setup`)."""
    if "default" not in (databases or ()):
        return []
    try:
        facts = {name: facts for name, *facts in run.rows("maps", "extensions_v1", [list(EXTENSIONS)])}
        found = _extensions(facts) or _postgis(*facts["postgis"]) or _columns()
        found += _ctype()
        return found or _web_roles()  # what is worse comes first
    except OperationalError as error:
        return [
            Error(
                f"The database cannot be reached: {str(error).strip()}",
                hint="`make setup` starts the private PostGIS; or set DATABASE_URL to a server that runs.",
                id="wanmi.E003",
            )
        ]


def _extensions(facts: dict[str, list[Any]]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in EXTENSIONS:
        _, installed, may_create = facts.get(name, (None, None, False))
        if installed or may_create:  # the first migration creates what is allowed
            continue
        if name in facts:
            what, hint = "is not in this database", f"As its administrator: CREATE EXTENSION {name};"
        else:
            what, hint = (
                "is not installed on the server",
                "Install the packages postgresql-NN-postgis-3, postgresql-NN.",
            )
        found.append(Error(f"The extension {name} of PostgreSQL {what}.", hint=hint, id="wanmi.E004"))
    return found


def _postgis(available: str, installed: str | None, may_create: bool) -> list[CheckMessage]:
    version = installed or available
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) >= OLDEST_POSTGIS:
        return []
    return [
        Error(
            f"PostGIS is {version}; {'.'.join(map(str, OLDEST_POSTGIS))} or newer is needed.",
            hint="Install a newer one and say ALTER EXTENSION postgis UPDATE; in this database.",
            id="wanmi.E003",
        )
    ]


def _columns() -> list[CheckMessage]:
    """Geometry columns keep the SRID they were migrated with; another city is another database."""
    ours = [
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, GeometryField)
    ]
    others = run.rows("maps", "columns_of_another_crs_v1", [ours, settings.CITY_SRID])
    if not others:
        return []
    (column, srid), *more = others
    return [
        Error(
            f"CITY_SRID is {settings.CITY_SRID}, but this database was made for {srid} "
            f"({column}{f' and {len(more)} more columns' if more else ''}).",
            hint=f"Say CITY_SRID={srid}, or give the other city a database of its own: "
            f"CITY_DATABASE=other CITY_SRID={settings.CITY_SRID} make setup.",
            id="wanmi.E002",
        )
    ]


def _ctype() -> list[CheckMessage]:
    row = run.row("maps", "ctype_v1")
    if row is None or row[0] not in ("C", "POSIX"):
        return []
    return [
        Error(
            f"The database has LC_CTYPE {row[0]}, in which Chinese words have no trigrams: place search finds nothing.",
            hint="Create it with CREATE DATABASE … TEMPLATE template0 LOCALE 'C.UTF-8' ENCODING 'UTF8';",
            id="wanmi.E006",
        )
    ]


def _web_roles() -> list[CheckMessage]:
    """Where the login may make no roles, the server's administrator makes them; asked once cases are migrated."""
    row = run.row("maps", "web_roles_v1")
    if row is None or row[1]:
        return []
    owner = row[0]
    web, city, calls, both = (f'"{owner}_web{kind}"' for kind in ("", "_city", "_calls", "_city_calls"))
    return [
        Warning(
            f"PostgreSQL does not keep foreign cases back by itself: the login may not take the roles {web} ….",
            hint=f"As the server's administrator: CREATE ROLE {web} NOLOGIN; CREATE ROLE {city} NOLOGIN BYPASSRLS "
            f"IN ROLE {web}; CREATE ROLE {calls} NOLOGIN IN ROLE {web}; CREATE ROLE {both} NOLOGIN BYPASSRLS "
            f'IN ROLE {city}, {calls}; GRANT {both} TO "{owner}"; then as “{owner}”: SELECT cases_row_security();',
            id="wanmi.W004",
        )
    ]


def register_checks() -> None:
    """Called once when the site is ready."""
    for check in (check_city_srid, check_front_end, check_translations, check_libraries):
        register(check, "wanmi")
    register(check_open_server, Tags.security)
    register(check_database, Tags.database)
