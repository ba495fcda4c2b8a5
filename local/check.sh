#!/usr/bin/env bash
# Everything that is checked without running: each check says its name, all run, one failure is enough to fail.
set -u
cd "$(dirname "$0")/.."
failed=0

check() { # name, then the command
    local name=$1
    shift
    printf '%s: ' "$name"
    if output=$("$@" 2>&1); then
        echo ok
    else
        printf 'FAILED\n%s\n' "$output"
        failed=1
    fi
}

template() {
    # Linting asks for a region though it talks to nobody.
    AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-eu-central-1} .tools/sam/bin/sam validate --lint
}

no_machine_paths() { # nothing of one person's machine, this one above all, and no address of a package registry
    local here=(-e "$PWD/")
    [ "${#HOME}" -gt 1 ] && here+=(-e "$HOME/")
    ! git grep -nIF "${here[@]}" -- . &&
        ! git grep -nIE '(^|[^A-Za-z0-9_.])/(Users|root|work)/[a-z]|(pypi|pythonhosted|npmjs)\.(org|com)/' -- .
}

check lint .venv/bin/ruff check .
check format .venv/bin/ruff format --check .
check types .venv/bin/mypy
check template template
check locks bash local/locks.sh --check
check "no machine paths" no_machine_paths
exit "$failed"
