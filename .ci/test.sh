#!/usr/bin/env bash
# Lint and every test; both always run, so that one call shows everything. Arguments go to pytest, which then runs alone.
# Without any, the tests run in two parts side by side, the browser's with a database of its own (TOX_PARALLEL_ENV is
# pytest-django's word for that): a browser waits half of its time, the other core need not.
set -uo pipefail
cd "$(dirname "$0")/.."
.ci/setup.sh tests || exit 1
.ci/lint.sh
lint=$?
if [ $# -gt 0 ]; then
    echo "== tests"
    .venv/bin/python -m pytest "$@"
    tests=$?
else
    told=$(mktemp)
    trap 'kill $(jobs -p) 2>/dev/null; rm -f "$told"' EXIT
    TOX_PARALLEL_ENV=browser .venv/bin/python -m pytest -m browser -p no:cacheprovider >"$told" 2>&1 &
    echo "== tests without a browser (those with one run beside them and are shown afterwards)"
    .venv/bin/python -m pytest -m "not browser"
    tests=$?
    wait $!
    browser=$?
    echo "== browser tests"
    cat "$told"
    tests=$((tests | browser))
fi
[ $lint = 0 ] || echo "The lint above failed." >&2
exit $((lint | tests))
