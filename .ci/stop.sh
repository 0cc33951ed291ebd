#!/usr/bin/env bash
# Stops the server and the private PostGIS of this checkout, and nothing else on the machine.
set -uo pipefail
cd "$(dirname "$0")/.."
pid=$(cat .local/server.pid 2>/dev/null || true)
# A pid may have been given to another program since: it counts only if it is ours by its folder.
if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$PWD" ]; then
    kill "$pid" 2>/dev/null && echo "server stopped"
    for _ in $(seq 50); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null
fi
rm -f .local/server.pid
if [ -d .local/pg/data ]; then
    python3 maps/cluster.py down && echo "PostGIS stopped"
fi
exit 0
