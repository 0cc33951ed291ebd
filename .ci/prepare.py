"""The database as `make run` leaves it: migrated, with a city, with first users. Each step looks first.

CITY_DEMO=0 leaves an empty database empty; a database that holds any city is left as it is.
"""

import io
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        call_command("check", databases=["default"], tags=["database", "wanmi"], stdout=io.StringIO())
    except SystemCheckError as error:
        sys.exit(f"{error}\nSet-up stopped: the settings do not fit, see above.")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("== preparing the database", flush=True)
        call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    from cases.models import Case
    from cells.models import Edition, Role

    # Cases come last: a demo city without them was broken off, and is gone on with.
    complete = Edition.objects.published().exists() and Case.objects.exists()
    if not complete and os.environ.get("CITY_DEMO", "1") == "1":
        print("== making the demo city (CITY_DEMO=0 to do without)", flush=True)
        call_command("demo_city", cells=int(os.environ.get("CITY_DEMO_CELLS", "2000")), if_empty=True)
    if not User.objects.filter(username__in=Role.objects.values("pk")).exists():
        print("== first users", flush=True)
        call_command("create_people")


if __name__ == "__main__":
    main()
