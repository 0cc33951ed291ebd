#!/usr/bin/env bash
# Lint and every test; both always run, so that one call shows everything. Arguments go to pytest, which then runs alone.
# Without any, the tests run in two parts of about the same length side by side, one with a database of its own
# (TOX_PARALLEL_ENV is pytest-django's word for that): a browser waits half of its time, the other core need not.
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
    beside=(tests/browser tests/spatial tests/cells)
    TOX_PARALLEL_ENV=beside .venv/bin/python -m pytest "${beside[@]}" -p no:cacheprovider >"$told" 2>&1 &
    echo "== tests (those of ${beside[*]} run beside these and are shown afterwards)"
    .venv/bin/python -m pytest tests "${beside[@]/#/--ignore=}"
    tests=$?
    wait $!
    others=$?
    echo "== ${beside[*]}"
    cat "$told"
    tests=$((tests | others))
fi
[ $lint = 0 ] || echo "The lint above failed." >&2
exit $((lint | tests))
