#!/usr/bin/env bash
# Every check but the tests; all run, so that one call shows everything.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
failed=()
check() {
    local name="$1" out
    shift
    if out=$("$@" 2>&1 </dev/null); then
        printf '  ok    %s\n' "$name"
    else
        printf '  FAIL  %s\n%s\n' "$name" "$out"
        failed+=("$name")
    fi
}
echo "== lint"
check "ruff (style, mistakes)" ruff check .
check "ruff (format)" ruff format --check .
check "djlint (templates)" djlint --quiet --lint maps/templates
check "mypy (geometry core, rules)" mypy
check "import-linter (the house goes one way)" lint-imports
check "bash (scripts parse)" bash -n .ci/*.sh .ci/run
check "Django system checks" python manage.py check --fail-level WARNING
check "migrations match models" python manage.py makemigrations --check --dry-run
if [ ${#failed[@]} -gt 0 ]; then
    printf 'lint failed: %s\n' "${failed[*]}"
    exit 1
fi
