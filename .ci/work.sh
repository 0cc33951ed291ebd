#!/usr/bin/env bash
# Keeps one worker of the timetable (cases/timetable.py) going for as long as a process lives: .ci/work.sh PID
#
# A worker that loses its database ends by itself; here it is begun again until the database is back.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .local
exec 9>.local/worker.lock
flock 9 # of a server that was killed a moment ago: its own is about to end
worker=
lives() { kill -0 "$1" 2>/dev/null; }
trap '[ -z "$worker" ] || kill "$worker" 2>/dev/null; exit' TERM INT
while lives "$1"; do
    CITY_POOL=0 .venv/bin/python manage.py procrastinate worker --queues timetable --concurrency 4 9>&- &
    worker=$!
    while lives "$1" && lives "$worker"; do sleep 1 9>&-; done
    kill "$worker" 2>/dev/null
    wait "$worker"
    sleep 1 9>&-
done
