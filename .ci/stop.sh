#!/usr/bin/env bash
# Stops the server and the private PostGIS of this checkout, and nothing else on the machine.
#
#   .ci/stop.sh            stop both
#   .ci/stop.sh --list     the process ids of our server
#   .ci/stop.sh --remove   stop both and delete the private PostGIS with its databases
set -uo pipefail
cd "$(dirname "$0")/.."
ours() { grep -lzsxF "WANMI_SERVES=$PWD" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | grep -vx "$$"; }
living() { # a zombie has no environment, so it is not listed; $1: programs to look for, if not all of them
    local pid
    for pid in $(ours); do
        grep -qsz "${1:-uvicorn\|multiprocessing\|procrastinate\|work\.sh}" "/proc/$pid/cmdline" && echo "$pid"
    done
}
if [ "${1:-}" = --list ]; then
    living 'uvicorn\|multiprocessing'
    exit 0
fi
pids=$(living)
if [ -n "$pids" ]; then
    kill $pids 2>/dev/null
    for _ in $(seq 60); do [ -n "$(living)" ] || break; sleep 0.1; done
    pids=$(living)
    [ -z "$pids" ] || kill -9 $pids 2>/dev/null
    echo "server stopped"
fi
rm -f .local/address
python=$(command -v python3 || echo .venv/bin/python)
if [ -e "${WANMI_LOCAL:-.local}/pg" ] && [ "${1:-}" = --remove ]; then
    "$python" maps/cluster.py remove && echo "PostGIS and its databases removed"
elif [ -d "${WANMI_LOCAL:-.local}/pg/data" ]; then
    "$python" maps/cluster.py down && echo "PostGIS stopped"
fi
