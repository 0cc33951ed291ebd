#!/usr/bin/env bash
# Serves this checkout at the first free port from PORT (8000) on, until Ctrl+C or `make stop`.
set -euo pipefail
cd "$(dirname "$0")/.."
# Every process of our server carries this mark, by which stop.sh finds it, orphans of a kill -9 included.
export WANMI_SERVES="$PWD"
if [ -n "$(.ci/stop.sh --list)" ]; then
    printf 'This checkout is served already, at %s (`make stop` ends it).\n' "$(cat .local/address 2>/dev/null || echo 'an unknown port')"
    exit 0
fi
port=$(
    .venv/bin/python - "${PORT:-8000}" <<'P'
import socket
import sys

first = int(sys.argv[1])
for port in range(first, min(first + 50, 65536)):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
P
)
[ -n "$port" ] || { echo "No free port from ${PORT:-8000} on: choose another with PORT=…" >&2; exit 1; }
[ "$port" = "${PORT:-8000}" ] || echo "Port ${PORT:-8000} is taken by another program, taking $port."
address="http://127.0.0.1:$port"
mkdir -p .local
echo "$address" >.local/address
# Tells where to click once the first page is really there.
(
    .venv/bin/python - "$address/login/" <<'P' &&
import sys
import time
import urllib.error
import urllib.request

for _ in range(600):
    try:
        urllib.request.urlopen(sys.argv[1], timeout=5).read()
        sys.exit(0)
    except urllib.error.HTTPError:
        sys.exit(0)
    except OSError:
        time.sleep(0.1)
sys.exit(1)
P
        printf '\n  Wanmi is at %s   (Ctrl+C or `make stop` ends it)\n\n' "$address"
) &
# What the city does by itself (plans that take effect, messages, deadlines) is done by a worker beside the server, whose
# process this one becomes; it ends with it.
.ci/work.sh $$ &
export CITY_POOL="${CITY_POOL:-12}"
# Its processes count together (/metrics), anew from each start.
export PROMETHEUS_MULTIPROC_DIR="$PWD/.local/metrics"
rm -rf "$PROMETHEUS_MULTIPROC_DIR" && mkdir -p "$PROMETHEUS_MULTIPROC_DIR"
exec .venv/bin/python -m uvicorn maps.asgi:application --host 127.0.0.1 --port "$port" --workers "${CITY_WORKERS:-2}" \
    --log-level warning --timeout-graceful-shutdown 3 --http maps.wire:AtOnce
