"""A fresh demo city in a database of its own, for benches that must commit: history cannot be deleted afterwards.

`in_a_city("web_desk", cells=2000, small=False)` makes the database, runs `inside(small)` of that module in a process of
its own on it, and drops it again.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
_FOUND = "FOUND "


def in_a_city(module: str, *, cells: int, small: bool, minutes: float | None = None) -> dict[str, Any]:
    """What a bench finds inside its own city; `minutes` goes to a bench that watches."""
    import psycopg
    from django.conf import settings

    given = urlsplit(settings.DATABASE_URL)
    name = f"bench_{given.path[1:]}"
    server = given._replace(scheme="postgresql", path="/postgres").geturl()
    environment = os.environ | {"DATABASE_URL": given._replace(path=f"/{name}").geturl()}
    environment.pop("CITY_DATABASE", None)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            _run(environment, "manage.py", "migrate", "-v0")
            _run(environment, "manage.py", "demo_city", "--cells", str(cells), "-v0")
            words = ["-m", "tests.bench._city", module, *(["--small"] if small else [])]
            words += [f"--minutes={minutes}"] if minutes else []
            said = _run(environment, *words)
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return dict(json.loads(said.rsplit(_FOUND, 1)[1]))


def _run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}.")
    return done.stdout


def a_person(role: str, *, name: str, territory: int | None = None) -> Any:
    """A user of a role who works in a territory (a grid by primary key; None: the whole city)."""
    from django.contrib.auth import get_user_model

    from cells.models import Person

    user = get_user_model().objects.create_user(name)
    Person.objects.create(user=user, role_id=role, territory_id=territory, name_zh=name, name_en=name)
    return user


def cookies_of(user: Any) -> str:
    """The cookies of a browser in which a user is logged in; the token of forms is `TOKEN`."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}; csrftoken={TOKEN}"


TOKEN = "b" * 32


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
    import django

    django.setup()
    minutes = [float(word.removeprefix("--minutes=")) for word in sys.argv if word.startswith("--minutes=")]
    more = {"minutes": minutes[0]} if minutes else {}
    found = importlib.import_module(f"tests.bench.{sys.argv[1]}").inside("--small" in sys.argv, **more)
    print(_FOUND + json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
