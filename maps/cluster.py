"""The private PostGIS of a checkout: one cluster under `.local/pg`, reached by a Unix socket alone.

    maps/cluster.py up [--durable] | down | status | url | remove | createdb NAME | dropdb NAME | psql [ARGS]
    maps/cluster.py follow FOLDER | promote     (become a standby of the cluster in another `.local`; stop being one)

Needs the standard library only, so that it runs before anything is installed. Run as root the server runs as
the user `postgres` (PostgreSQL refuses to be root). Where that user may not enter the checkout (under /root, say), it
runs in a one-user namespace, or where those are forbidden (containers) `.local/pg` becomes a link to a folder of its
own in /var/lib. `WANMI_LOCAL` moves the folder; two checkouts never share a cluster.

Settings trade the safety against a power cut for speed (`fsync=off`): kill -9 of the server loses nothing,
a power cut may. `up --durable` starts it safe; a city that runs for real sets DATABASE_URL instead.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
LOCAL = Path(os.environ.get("WANMI_LOCAL") or ROOT / ".local").absolute()
BASE = LOCAL / "pg"
DATA, LOG = BASE / "data", BASE / "log"
USER = "wanmi"
DATABASE = os.environ.get("CITY_DATABASE") or "wanmi"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
# Safe against kill -9, not against a power cut; synchronous_commit=off would lose committed rows on kill -9.
QUICK = ("fsync=off", "full_page_writes=off")
CONFIG = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 512MB
work_mem = 64MB
maintenance_work_mem = 512MB
max_wal_size = 4GB
random_page_cost = 1.1
jit = off
include_if_exists = '../local.conf'
"""


def socket_folder(base: Path = BASE) -> Path:
    """The socket's folder; a path too long for a socket (107 bytes with its name) moves to /tmp."""
    if len(os.fsencode(str(base.resolve()))) <= 90:
        return base.resolve()
    mark = hashlib.sha1(os.fsencode(str(base))).hexdigest()[:10]
    return Path(f"/tmp/wanmi-{os.getuid()}-{mark}")


def url(database: str = DATABASE) -> str:
    """The DATABASE_URL of a database in this cluster."""
    return f"postgis://{USER}@/{database}?host={quote(str(socket_folder()))}"


def programs() -> Path:
    """The PostgreSQL with PostGIS that our data needs, or the newest where there are none yet."""
    found = [Path(p).parent for p in glob.glob("/usr/lib/postgresql/*/bin/initdb")]
    found = [b for b in found if Path("/usr/share/postgresql", b.parent.name, "extension/postgis.control").exists()]
    if not found:
        sys.exit(
            "No PostgreSQL with PostGIS on this machine: run `make setup`, or set DATABASE_URL to a server that has it."
        )
    made_by = (DATA / "PG_VERSION").read_text().strip() if (DATA / "PG_VERSION").exists() else ""
    if made_by and made_by not in {b.parent.name for b in found}:
        sys.exit(
            f"The database in {DATA} was made by PostgreSQL {made_by}, which this machine does not have (it has "
            f"{', '.join(sorted(b.parent.name for b in found))}). Install postgresql-{made_by}-postgis-3 to keep it, "
            "or `make clean` to begin anew."
        )
    return max((b for b in found if not made_by or b.parent.name == made_by), key=lambda b: int(b.parent.name))


NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def become(uid: int, gid: int) -> list[str]:
    return ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]


def prefix() -> list[str]:
    """What makes a command run as the server's user: nothing unless we are root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        if BASE.exists() and BASE.stat().st_uid != os.geteuid():
            owner = pwd.getpwuid(BASE.stat().st_uid).pw_name
            sys.exit(
                f"{BASE} belongs to {owner}: set-up was run as root here. Run as root again, or remove it as root "
                "(`sudo make clean`), or set WANMI_LOCAL to a folder of your own."
            )
        return []
    owner_of_data = BASE.stat()
    return become(owner_of_data.st_uid, owner_of_data.st_gid) if owner_of_data.st_uid else NAMESPACE


def _settle() -> None:
    """As root, before there is a cluster: find a user and a folder that PostgreSQL can live with."""
    try:
        postgres = pwd.getpwnam("postgres")
    except KeyError:
        sys.exit("There is no user postgres on this machine: run `make setup`, which installs PostgreSQL.")

    def works(*command: str) -> bool:
        return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0

    if not works(*become(postgres.pw_uid, postgres.pw_gid), "test", "-x", str(BASE.resolve().parent)):
        if works(*NAMESPACE, "true"):
            return
        elsewhere = tempfile.mkdtemp(prefix="wanmi-", dir="/var/lib")
        shutil.rmtree(BASE)
        BASE.symlink_to(elsewhere)
        print(f"The user postgres may not enter {LOCAL}: the private PostGIS lies in {elsewhere}.")
    for folder in {BASE, socket_folder()}:
        os.chown(folder, postgres.pw_uid, postgres.pw_gid)


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    words = prefix() + [str(word) for word in command]
    return subprocess.run(words, cwd=BASE, stdin=subprocess.DEVNULL, text=True, **options)  # type: ignore[call-overload,no-any-return]


def pid() -> int | None:
    """The pid of our server, or None; a pid that another program has since been given does not count."""
    try:
        found = int((DATA / "postmaster.pid").read_text().split()[0])
        return found if os.readlink(f"/proc/{found}/cwd") == os.path.realpath(DATA) else None
    except (OSError, ValueError, IndexError):
        return None


def sql(database: str, statement: str) -> str:
    done = run(
        programs() / "psql", "-h", socket_folder(), "-U", USER, "-d", database, "-qAtXc", statement,
        capture_output=True,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"The private PostGIS refused “{statement}”:\n{done.stderr}")
    return str(done.stdout).strip()


@contextmanager
def _alone() -> Iterator[None]:
    for folder in (BASE, socket_folder()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(LOCAL / "pg.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def up(*, durable: bool = False) -> None:
    """Make the cluster if there is none, start it if it does not run; safe to call twice, or two at once."""
    with _alone():
        if not (DATA / "PG_VERSION").exists():
            if os.geteuid() == 0:
                _settle()
            _initialise()
        if pid() is None:
            _start(durable)
        if (DATA / "standby.signal").exists():
            return
        # In template1, so that every later database (the tests' too) has them at once.
        sql("template1", "; ".join(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS))
        createdb(DATABASE)


def _initialise() -> None:
    """A cluster made beside and moved into place when whole, so that a crash leaves none half made."""
    fresh = BASE / "data.new"
    shutil.rmtree(DATA, ignore_errors=True)
    shutil.rmtree(fresh, ignore_errors=True)
    done = run(
        programs() / "initdb", "-D", fresh.resolve(), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
        "--no-sync", capture_output=True,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"PostgreSQL could not make its folder {DATA}:\n{done.stderr}")
    with open(fresh / "postgresql.conf", "a") as config:
        config.write(CONFIG.format(socket=str(socket_folder()).replace("'", "''")))
    fresh.rename(DATA)


def follow(other: Path) -> None:
    """Copy a running cluster of this machine, and follow it from there on: a standby that reads can be sent to."""
    with _alone():
        if (DATA / "PG_VERSION").exists():
            sys.exit(f"{BASE} has a cluster already: `maps/cluster.py remove` it first.")
        if os.geteuid() == 0:
            _settle()
        fresh = BASE / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        done = run(
            programs() / "pg_basebackup", "-h", socket_folder((other / "pg").absolute()), "-U", USER,
            "-D", fresh.resolve(), "-R", "-X", "stream", "-c", "fast", "--no-sync", capture_output=True,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"The cluster in {other} could not be copied:\n{done.stderr}")
        fresh.rename(DATA)
        _start(durable=False)


def promote() -> None:
    """Follow nobody any more: what was a standby takes changes from now on."""
    run(programs() / "pg_ctl", "-D", DATA.resolve(), "-w", "promote", stdout=subprocess.DEVNULL, check=True)


def _start(durable: bool) -> None:
    # The folder is said again: a checkout that was moved has its old one in the configuration.
    settings = [f"unix_socket_directories={socket_folder()}", *([] if durable else QUICK)]
    options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
    give_up = time.monotonic() + 60
    while True:
        # After kill -9 the old backends need a moment to go, and a stale pid file may name a foreign process.
        if pid() is None:
            (DATA / "postmaster.pid").unlink(missing_ok=True)
        done = run(
            programs() / "pg_ctl", "-D", DATA.resolve(), "-l", LOG.resolve(), "-o", options, "-w", "-t", "120", "start",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode == 0 or pid():
            return
        if time.monotonic() > give_up:
            log = LOG.read_text(errors="replace") if LOG.exists() else "(no log was written)"
            sys.exit(f"PostgreSQL did not start; the end of {LOG}:\n{log[-2000:]}")
        time.sleep(0.3)


def createdb(name: str) -> None:
    if not sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        sql("postgres", f'CREATE DATABASE "{name}"')


def dropdb(name: str) -> None:
    sql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def down() -> None:
    if pid():
        stop = (programs() / "pg_ctl", "-D", DATA.resolve(), "-m", "fast", "-w", "stop")
        run(*stop, stdout=subprocess.DEVNULL, check=True)


def remove() -> None:
    """Stop the server and delete its folders, the databases in them included."""
    if BASE.exists():
        down()
        for folder in (socket_folder(), BASE.resolve()):
            shutil.rmtree(folder, ignore_errors=True)
    if BASE.is_symlink():
        BASE.unlink()


def main(arguments: list[str]) -> None:
    command = arguments[0] if arguments else "up"
    if command == "up":
        up(durable="--durable" in arguments)
    elif command in ("down", "remove", "promote"):
        {"down": down, "remove": remove, "promote": promote}[command]()
    elif command == "follow" and len(arguments) == 2:
        follow(Path(arguments[1]))
    elif command == "status":
        print(pid() or "down")
    elif command == "url":
        print(url())
    elif command in ("createdb", "dropdb") and len(arguments) == 2 and arguments[1].isidentifier():
        up()
        {"createdb": createdb, "dropdb": dropdb}[command](arguments[1])
    elif command == "psql":
        up()
        os.execv(programs() / "psql", ["psql", "-h", str(socket_folder()), "-U", USER, "-d", DATABASE, *arguments[1:]])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
