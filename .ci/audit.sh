#!/usr/bin/env bash
# Known faults of the packages that are locked. What could not be asked is said, and counts as a failure to look.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
echo "== Python (pip-audit)"
out=$(.venv/bin/pip-audit -r .ci/requirements.lock --no-deps --disable-pip 2>&1)
rc=$?
locked=$(grep -cE '^[A-Za-z0-9._-]+==' .ci/requirements.lock)
unknown=$(grep -c 'could not be audited' <<<"$out")
if [ "$unknown" -lt "$locked" ]; then grep -v 'could not be audited' <<<"$out"; fi
if [ "$unknown" -gt 0 ]; then
    echo "NOT AUDITED: the registry said nothing of $unknown of $locked packages."
    failed=1
fi
[ $rc -eq 0 ] || failed=1
echo "== Front end (npm audit)"
if ! out=$(cd maps && npm audit 2>&1); then
    failed=1
    grep -q 'audit endpoint returned an error\|ENOTFOUND\|ECONN\|network' <<<"$out" &&
        echo "NOT AUDITED: the registry of npm does not answer such questions here."
fi
echo "$out"
exit $failed
