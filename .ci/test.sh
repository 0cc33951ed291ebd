#!/usr/bin/env bash
# Lint and every test; both always run, so that one call shows everything. Arguments go to pytest.
set -uo pipefail
cd "$(dirname "$0")/.."
.ci/setup.sh tests || exit 1
.ci/lint.sh
lint=$?
echo "== tests"
.venv/bin/python -m pytest "$@"
tests=$?
[ $lint = 0 ] || echo "The lint above failed." >&2
exit $((lint | tests))
