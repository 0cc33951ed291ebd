"""The private PostGIS of a checkout: one cluster under `.local/pg`, reached by a Unix socket alone.

    maps/cluster.py up | down | status | url | createdb NAME | dropdb NAME | psql [ARGS]

Needs the standard library only, so that it runs before anything is installed. Run as root the server runs as
the user `postgres` (PostgreSQL refuses to be root) or, where that user may not enter the checkout, in a
one-user namespace. `WANMI_LOCAL` moves the folder; two checkouts never share a cluster.

Settings trade the safety against a power cut for speed (`fsync=off`): kill -9 of the server loses nothing,
a power cut may. `up --durable` starts it safe; a city that runs for real sets DATABASE_URL instead.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = Path(os.environ.get("WANMI_LOCAL", ROOT / ".local")).absolute()
BASE = LOCAL / "pg"
DATA, LOG, MODE_FILE = BASE / "data", BASE / "log", BASE / "mode.json"
USER = "wanmi"
DATABASE = os.environ.get("CITY_DATABASE", "wanmi")
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


def socket_folder() -> Path:
    """The socket's folder; a path too long for a socket (107 bytes with its name) moves to /tmp."""
    if len(os.fsencode(str(BASE))) <= 90:
        return BASE
    mark = hashlib.sha1(os.fsencode(str(BASE))).hexdigest()[:10]
    return Path(f"/tmp/wanmi-{os.getuid()}-{mark}")


def url(database: str = DATABASE) -> str:
    """The DATABASE_URL of a database in this cluster."""
    return f"postgis://{USER}@/{database}?host={socket_folder()}"


def programs() -> Path:
    """The newest PostgreSQL of this machine that has PostGIS."""
    found = [Path(p).parent for p in glob.glob("/usr/lib/postgresql/*/bin/initdb")]
    found = [b for b in found if Path("/usr/share/postgresql", b.parent.name, "extension/postgis.control").exists()]
    if not found:
        sys.exit(
            "No PostgreSQL with PostGIS on this machine: run `make setup`, or set DATABASE_URL to a server that has it."
        )
    return max(found, key=lambda b: int(b.parent.name))


def prefix(mode: str) -> list[str]:
    return {
        "self": [],
        "postgres": ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"],
        "namespace": ["unshare", "--user", "--map-user=1000", "--map-group=1000"],
    }[mode]


def running_mode() -> str:
    """Whom the server runs as: ourselves, the user postgres, or a one-user namespace (root's fallbacks)."""
    if os.geteuid() != 0:
        return "self"
    if MODE_FILE.exists():
        return str(json.loads(MODE_FILE.read_text())["mode"])
    may_enter = subprocess.run([*prefix("postgres"), "test", "-x", str(LOCAL)], stderr=subprocess.DEVNULL)
    if may_enter.returncode == 0:
        return "postgres"
    if subprocess.run([*prefix("namespace"), "true"], stderr=subprocess.DEVNULL).returncode == 0:
        return "namespace"
    sys.exit(
        f"The user postgres may not enter {LOCAL} and user namespaces are off: "
        "set WANMI_LOCAL to a folder it may enter, for example /var/lib/wanmi."
    )


class Cluster:
    """The server of this checkout, with the commands that are run as its user."""

    def __init__(self) -> None:
        LOCAL.mkdir(parents=True, exist_ok=True)
        self.mode = running_mode()

    def run(self, *command: object, **options: object) -> subprocess.CompletedProcess[str]:
        words = prefix(self.mode) + [str(word) for word in command]
        return subprocess.run(words, cwd=BASE, stdin=subprocess.DEVNULL, text=True, **options)  # type: ignore[call-overload,no-any-return]

    def pid(self) -> int | None:
        """The pid of our server, or None; a pid that another program has since been given does not count."""
        try:
            pid = int((DATA / "postmaster.pid").read_text().split()[0])
            return pid if os.readlink(f"/proc/{pid}/cwd") == os.path.realpath(DATA) else None
        except (OSError, ValueError, IndexError):
            return None

    def sql(self, database: str, statement: str) -> str:
        done = self.run(
            programs() / "psql", "-h", socket_folder(), "-U", USER, "-d", database, "-qAtXc", statement,
            capture_output=True, check=True,
        )  # fmt: skip
        return str(done.stdout).strip()

    def up(self, *, durable: bool = False) -> None:
        """Make the cluster if there is none, start it if it does not run; safe to call twice, or two at once."""
        BASE.mkdir(parents=True, exist_ok=True)
        socket = socket_folder()
        socket.mkdir(mode=0o700, exist_ok=True)
        for folder in {BASE, socket}:
            if self.mode == "postgres":
                owner = pwd.getpwnam("postgres")
                os.chown(folder, owner.pw_uid, owner.pw_gid)
            os.chmod(folder, 0o700)
        with open(BASE / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            MODE_FILE.write_text(json.dumps({"mode": self.mode}))
            if not (DATA / "PG_VERSION").exists():
                self._initialise(socket)
            if self.pid() is None:
                self._start(socket, durable)
            # In template1, so that every later database (the tests' too) has them at once.
            wanted = "; ".join(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS)
            self.sql("template1", wanted)
            self.createdb(DATABASE)

    def _initialise(self, socket: Path) -> None:
        shutil.rmtree(DATA, ignore_errors=True)
        done = self.run(
            programs() / "initdb", "-D", DATA, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            capture_output=True,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"PostgreSQL could not make its folder {DATA}:\n{done.stderr}")
        with open(DATA / "postgresql.conf", "a") as config:
            config.write(CONFIG.format(socket=socket))

    def _start(self, socket: Path, durable: bool) -> None:
        options = f"-k '{socket}' " + ("" if durable else " ".join("-c " + o for o in QUICK))
        give_up = time.monotonic() + 60
        while True:
            # After kill -9 the old backends need a moment to go, and a stale pid file may name a foreign process.
            if self.pid() is None:
                (DATA / "postmaster.pid").unlink(missing_ok=True)
            done = self.run(
                programs() / "pg_ctl", "-D", DATA, "-l", LOG, "-o", options, "-w", "-t", "120", "start",
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            if done.returncode == 0 or self.pid():
                return
            if time.monotonic() > give_up:
                sys.exit(f"PostgreSQL did not start; the end of {LOG}:\n{LOG.read_text()[-2000:]}")
            time.sleep(0.3)

    def createdb(self, name: str) -> None:
        if not self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self.sql("postgres", f'CREATE DATABASE "{name}"')

    def dropdb(self, name: str) -> None:
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def down(self) -> None:
        if self.pid():
            self.run(
                programs() / "pg_ctl", "-D", DATA, "-m", "fast", "-w", "stop", stdout=subprocess.DEVNULL, check=True
            )


def main(arguments: list[str]) -> None:
    command = arguments[0] if arguments else "up"
    cluster = Cluster()
    if command == "up":
        cluster.up(durable="--durable" in arguments)
    elif command == "down":
        cluster.down()
    elif command == "status":
        print(cluster.pid() or "down")
    elif command == "url":
        print(url())
    elif command in ("createdb", "dropdb") and len(arguments) == 2 and arguments[1].isidentifier():
        getattr(cluster, command)(arguments[1])
    elif command == "psql":
        os.execv(programs() / "psql", ["psql", "-h", str(socket_folder()), "-U", USER, "-d", DATABASE, *arguments[1:]])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
