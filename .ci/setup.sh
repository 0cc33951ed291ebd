#!/usr/bin/env bash
# Everything a fresh Debian or Ubuntu machine needs for Wanmi, and nothing twice: each step looks first whether it is
# done, and is written so that a run that was killed in the middle is mended by the next one.
#
#   .ci/setup.sh app     what serving needs: packages, Python, front end, translations, database, demo city, first users
#   .ci/setup.sh tests   what the tests need besides (browser), without the demo city
#
# Settings: DATABASE_URL (a city's own PostGIS: no private cluster then), CITY_DEMO=0 (no demo city),
# CITY_DEMO_CELLS (2000), WANMI_LOCAL (where the private data lie, .local).
set -euo pipefail
cd "$(dirname "$0")/.."
kind="${1:-app}"
local_data="${WANMI_LOCAL:-$PWD/.local}"
say() { printf '== %s\n' "$*"; }
fail() { printf 'Set-up stopped: %s\n' "$*" >&2; exit 1; }

[ -w . ] || fail "$PWD belongs to $(stat -c %U .) and you are $(id -un): clone it as yourself, or run as $(stat -c %U .)."
mkdir -p "$local_data/static"
[ -w "$local_data" ] || fail "$local_data belongs to $(stat -c %U "$local_data"): set-up was run by that user here. Run as that user, or have it removed with \`make clean\`."

# One set-up at a time in a checkout; the lock goes with the process, however it ends.
exec 9>"$local_data/setup.lock"
flock -n 9 || { say "another set-up of this checkout is running: waiting for it"; flock 9; }

# ---- packages of the system ---------------------------------------------------------------------------------------
system_python() { # the first Python of the system that is new enough and can make environments
    local candidate
    for candidate in /usr/bin/python3 /usr/bin/python3.1[1-9] "$(command -v python3 || true)"; do
        [ -x "$candidate" ] || continue
        "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$candidate"; return; }
    done
}
has() { compgen -G "$1" >/dev/null; }

need=()
if [ -z "${DATABASE_URL:-}" ]; then
    { has '/usr/share/postgresql/*/extension/postgis.control' && has '/usr/lib/postgresql/*/bin/initdb'; } || need+=(postgis-server)
fi
.venv/bin/python -c '' 2>/dev/null || [ -n "$(system_python)" ] || need+=(python3 python3-venv)
command -v msgfmt >/dev/null || need+=(gettext)
has '/usr/lib/*/libatomic.so.1' || has '/lib/*/libatomic.so.1' || need+=(libatomic1) # for node
if [ "$kind" = tests ]; then
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || need+=(chromium)
fi
has '/usr/share/fonts/opentype/noto/NotoSansCJK*' || need+=(fonts-noto-cjk) # printed sheets embed it, pages show it
if [ ${#need[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || fail "this machine has no apt-get; install by hand: ${need[*]}"
    root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "needs the packages ${need[*]}: run as root once, or install sudo"
        root=(sudo)
    fi
    say "installing system packages, a minute or so: ${need[*]}"
    log="$local_data/apt.log"
    apt() { # its hundreds of lines go to a log where nobody watches
        local command=("${root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -q -o DPkg::Lock::Timeout=120 "$@")
        if [ -t 1 ]; then "${command[@]}" </dev/null; else "${command[@]}" </dev/null >"$log" 2>&1 || { tail -30 "$log"; return 1; }; fi
    }
    # Without this Debian would start a cluster of its own beside ours.
    "${root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | "${root[@]}" tee /etc/postgresql-common/createcluster.d/50-no-main.conf >/dev/null
    "${root[@]}" dpkg --configure -a </dev/null # where an installation was killed half way
    apt update
    for i in "${!need[@]}"; do
        [ "${need[$i]}" = postgis-server ] || continue
        # Debian has a package without a version number; elsewhere the newest one with a number.
        if LC_ALL=C apt-cache policy postgresql-postgis 2>/dev/null | grep -q 'Candidate: [0-9]'; then
            need[$i]=postgresql-postgis
        else
            newest=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | awk '{print $1}' | sort -t- -k2 -n | tail -1)
            [ -n "$newest" ] || fail "apt offers no PostGIS; set DATABASE_URL to a server that has it"
            need[$i]=$newest
        fi
    done
    apt install -y --no-install-recommends ca-certificates "${need[@]}"
fi

# ---- Python -------------------------------------------------------------------------------------------------------
wanted="$(sha256sum .ci/requirements.lock | cut -c1-16)"
if [ "$(cat .venv/.wanmi-lock 2>/dev/null || true)" != "$wanted" ] || [ "$(cat .venv/.wanmi-path 2>/dev/null || true)" != "$(pwd -P)" ] ||
    ! .venv/bin/python -c '' 2>/dev/null; then
    # An environment whose making was broken off is not repaired but made anew; so is one whose folder was moved, for
    # its commands name it.
    if [ -e .venv/.wanmi-busy ] || [ "$(cat .venv/.wanmi-path 2>/dev/null || true)" != "$(pwd -P)" ] ||
        ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        python=$(system_python)
        [ -n "$python" ] || fail "needs Python 3.11 or newer with the module venv; this machine's python3 is $(python3 --version 2>&1 || true)"
        say "making the Python environment (.venv) with $("$python" --version)"
        rm -rf .venv
        mkdir .venv && touch .venv/.wanmi-busy
        "$python" -m venv .venv
        pwd -P >.venv/.wanmi-path
    fi
    touch .venv/.wanmi-busy
    say "installing Python packages, hashes checked"
    pip=(.venv/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes -q)
    quiet=(-q)
    [ ! -t 1 ] || quiet=()
    # uv takes seconds where pip takes half a minute; it does not read pip's settings, so pip stays as the way out.
    { "${pip[@]}" -r <(awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' .ci/requirements.lock) &&
        VIRTUAL_ENV="$PWD/.venv" .venv/bin/python -m uv pip install "${quiet[@]}" --compile-bytecode --require-hashes -r .ci/requirements.lock; } ||
        { say "uv could not; trying pip (half a minute)" && "${pip[@]}" -r .ci/requirements.lock; } ||
        fail "Python packages could not be installed; see the message above"
    echo "$wanted" >.venv/.wanmi-lock
    rm -f .venv/.wanmi-busy
fi
export PATH="$PWD/.venv/bin:$PATH"

# ---- front end ----------------------------------------------------------------------------------------------------
vendor=maps/static/maps/vendor
wanted=$(sha256sum maps/package-lock.json maps/vendor.py | sha256sum | cut -c1-16)
if [ "$(cat "$vendor/.wanmi-lock" 2>/dev/null || true)" != "$wanted" ]; then
    say "installing front-end packages"
    (cd maps && npm ci --no-audit --no-fund --loglevel=error </dev/null)
    python maps/vendor.py
    echo "$wanted" >"$vendor/.wanmi-lock"
fi
for po in maps/locale/*/LC_MESSAGES/*.po; do
    mo="${po%.po}.mo"
    [ ! -e "$po" ] || [ "$mo" -nt "$po" ] || { say "compiling $po"; msgfmt --check-format -o "$mo.new" "$po" && mv "$mo.new" "$mo"; }
done

# Printed sheets wait for nothing but their typeface, and it for nothing here: it is made beside the database.
typeface=
has "$local_data/fonts/NotoSansCJK-Bold-*.otf" || { python .ci/typeface.py 9>&- & typeface=$!; }

# ---- database -----------------------------------------------------------------------------------------------------
if [ -z "${DATABASE_URL:-}" ]; then
    [ -d "$local_data/pg/data" ] || say "making the private PostGIS in $local_data/pg"
    python maps/cluster.py up 9>&-
fi
[ "$kind" != app ] || python .ci/prepare.py
[ -z "$typeface" ] || wait "$typeface" || say "the typeface of printed sheets was not made (see above); the first sheet makes it"
