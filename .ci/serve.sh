#!/usr/bin/env bash
# Serves this checkout at the first free port from PORT (8000) on, until Ctrl+C or `make stop`.
set -euo pipefail
cd "$(dirname "$0")/.."
port=$(.venv/bin/python - "${PORT:-8000}" <<'P'
import socket
import sys

for port in range(int(sys.argv[1]), int(sys.argv[1]) + 50):
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
[ -n "$port" ] || { echo "No free port from ${PORT:-8000} on." >&2; exit 1; }
[ "$port" = "${PORT:-8000}" ] || echo "Port ${PORT:-8000} is taken by another program."
printf '\n  Wanmi is at \033[1mhttp://127.0.0.1:%s\033[0m   (Ctrl+C or `make stop` ends it)\n\n' "$port"
echo $$ > .local/server.pid
export CITY_POOL="${CITY_POOL:-12}"
exec .venv/bin/python -m uvicorn maps.asgi:application --host 127.0.0.1 --port "$port" --workers "${CITY_WORKERS:-2}" \
    --log-level warning --timeout-graceful-shutdown 3
