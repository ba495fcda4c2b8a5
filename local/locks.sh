#!/usr/bin/env bash
# Writes the lock files; with --check, says which are not what their sources ask for. Pins are kept while they fit;
# --upgrade takes the newest instead.
set -eu
cd "$(dirname "$0")/.."

# Some machines have certificates of their own; both names, for newer and older versions of uv.
export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1

compile() { # lock file to write, then sources and options
    local target=$1
    shift
    # Neither configuration nor indexes of this machine: a lock is the same wherever it is made.
    env -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_FIND_LINKS \
        .venv/bin/uv pip compile --quiet --no-config --universal --generate-hashes --python-version 3.13 \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@" \
        --output-file "$target" >/dev/null
}

lock() { # lock file, then sources and options
    local file=$1 fresh
    shift
    if [ "$mode" != --check ]; then
        compile "$file" ${mode:+"$mode"} "$@"
        return
    fi
    fresh=$scratch/$(basename "$file")
    cp "$file" "$fresh"
    # What was downloaded before is enough to see whether pins still fit; only without it is the network asked.
    if ! compile "$fresh" --offline "$@" 2>/dev/null; then
        cp "$file" "$fresh"
        compile "$fresh" "$@"
    fi
    if ! cmp -s "$file" "$fresh"; then
        echo "$file is stale: run make lock" >&2
        diff "$file" "$fresh" | head -20 >&2
        return 1
    fi
}

mode=${1:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
lock layers/core/requirements.txt pyproject.toml
# Developed and tested with the versions that ship.
jobs=()
lock requirements-dev.txt pyproject.toml --all-extras --constraint layers/core/requirements.txt &
jobs+=($!)
lock local/requirements-ministack.txt local/requirements-ministack.in &
jobs+=($!)
lock local/requirements-sam.txt local/requirements-sam.in &
jobs+=($!)
# The long-term version of Django; the newest one is among what development needs.
lock local/requirements-django.txt local/requirements-django.in --constraint layers/core/requirements.txt &
jobs+=($!)
failed=0
for job in "${jobs[@]}"; do
    wait "$job" || failed=1
done
exit "$failed"
