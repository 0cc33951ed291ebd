#!/usr/bin/env bash
# Everything a fresh Debian or Ubuntu machine needs for Wanmi, and nothing twice: each step looks first whether it is done.
#
#   .ci/setup.sh app     what serving needs: packages, Python, front end, translations, database, demo city, first users
#   .ci/setup.sh tests   what the tests need besides (browser, fonts), without the demo city
#
# Settings: DATABASE_URL (a city's own PostGIS: no private cluster then), CITY_DEMO=0 (no demo city), CITY_SRID, …
set -euo pipefail
cd "$(dirname "$0")/.."
kind="${1:-app}"
say() { printf '\033[1m== %s\033[0m\n' "$*"; }
fail() { printf 'Set-up stopped: %s\n' "$*" >&2; exit 1; }
mkdir -p .local

# One set-up at a time in a checkout; the lock goes with the process, however it ends.
exec 9>.local/setup.lock
flock -n 9 || { say "another set-up of this checkout is running: waiting for it"; flock 9; }

# ---- packages of the system ---------------------------------------------------------------------------------------
system_python() {
    local candidate
    for candidate in /usr/bin/python3 /usr/bin/python3.1[1-9] "$(command -v python3 || true)"; do
        [ -x "$candidate" ] || continue
        "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$candidate"; return; }
    done
}
have_font() { compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null; }
have_atomic() { compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || compgen -G '/lib/*/libatomic.so.1' >/dev/null; }

need=()
if [ -z "${DATABASE_URL:-}" ] && ! compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null; then need+=(postgis-server); fi
if [ -x .venv/bin/python ]; then :; elif [ -z "$(system_python)" ]; then need+=(python3 python3-venv); fi
command -v msgfmt >/dev/null || need+=(gettext)
have_atomic || need+=(libatomic1)
if [ "$kind" = tests ]; then
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || need+=(chromium)
    have_font || need+=(fonts-noto-cjk)
fi
if [ ${#need[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || fail "this machine has no apt-get; install by hand: ${need[*]}"
    sudo=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "needs the packages ${need[*]}; run as root, or install sudo"
        sudo=(sudo)
    fi
    say "installing system packages: ${need[*]}"
    # Without this Debian would start a cluster of its own beside ours.
    "${sudo[@]}" mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.d/50-no-main.conf >/dev/null
    export DEBIAN_FRONTEND=noninteractive
    "${sudo[@]}" apt-get update -q
    for i in "${!need[@]}"; do
        [ "${need[$i]}" = postgis-server ] || continue
        # Debian has a package without a version number; elsewhere the newest one with a number.
        if [ -n "$(apt-cache policy postgresql-postgis 2>/dev/null | grep 'Candidate: [0-9]')" ]; then
            need[$i]=postgresql-postgis
        else
            newest=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | awk '{print $1}' | sort -t- -k2 -n | tail -1)
            [ -n "$newest" ] || fail "apt offers no PostGIS; set DATABASE_URL to a server that has it"
            need[$i]=$newest
        fi
    done
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ca-certificates "${need[@]}"
fi

# ---- Python -------------------------------------------------------------------------------------------------------
stamp=$(sha256sum .ci/requirements.lock | cut -c1-16)
if ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(system_python)
    [ -n "$python" ] || fail "needs Python 3.11 or newer with the module venv"
    say "making the Python environment (.venv)"
    rm -rf .venv
    "$python" -m venv .venv
fi
if [ "$(cat .venv/.wanmi-lock 2>/dev/null || true)" != "$stamp" ]; then
    say "installing Python packages (hashes checked)"
    if .venv/bin/python -m pip install -q --disable-pip-version-check uv 2>/dev/null; then
        VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install -q --require-hashes -r .ci/requirements.lock
    else
        .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r .ci/requirements.lock
    fi
    echo "$stamp" > .venv/.wanmi-lock
fi
export PATH="$PWD/.venv/bin:$PATH"

# ---- front end ----------------------------------------------------------------------------------------------------
stamp=$(sha256sum maps/package-lock.json maps/vendor.py | sha256sum | cut -c1-16)
if [ "$(cat maps/static/maps/vendor/.wanmi-lock 2>/dev/null || true)" != "$stamp" ]; then
    say "installing front-end packages"
    (cd maps && npm ci --no-audit --no-fund --loglevel=error)
    python maps/vendor.py
    echo "$stamp" > maps/static/maps/vendor/.wanmi-lock
fi
for po in maps/locale/*/LC_MESSAGES/*.po; do
    [ "${po%.po}.mo" -nt "$po" ] || { say "compiling translations"; python manage.py compilemessages -v0 --ignore=.venv --ignore=node_modules; break; }
done

# ---- database -----------------------------------------------------------------------------------------------------
if [ -z "${DATABASE_URL:-}" ]; then
    python maps/cluster.py up
fi
[ "$kind" = app ] || exit 0
if ! python manage.py migrate --check >/dev/null 2>&1; then
    say "preparing the database"
    python manage.py migrate -v0
fi
if [ "${CITY_DEMO:-1}" = 1 ]; then
    python manage.py demo_city --cells "${CITY_DEMO_CELLS:-2000}" --if-empty
fi
python manage.py create_people
