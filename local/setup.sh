#!/usr/bin/env bash
# Makes .venv (development), .tools/ministack, .tools/sam and .tools/django; a call with nothing to do is instant.
# Each stands only once its stamp is written, last of all: what was interrupted is made anew.
set -eu
cd "$(dirname "$0")/.."

# Some machines have certificates of their own; both names, for newer and older versions of uv.
export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 PIP_DISABLE_PIP_VERSION_CHECK=1
logs=.tools/log

fail() {
    echo "vistka: $*" >&2
    exit 1
}

stamp_of() { # the files that an environment is made of; a moved folder counts as another one
    { pwd && cat "$@"; } | cksum
}

stands() { # environment, then the files
    local env=$1
    shift
    [ -f "$env/.stamp" ] && [ "$(cat "$env/.stamp")" = "$(stamp_of "$@")" ] && "$env/bin/python" -c '' 2>/dev/null
}

# --- Python 3.13: one that runs -----------------------------------------------------------------------------------------

runs() { # a dead shim is on PATH too: only running it tells; one may lead into the .venv that is about to be deleted
    "$1" -c 'import sys, venv
raise SystemExit(sys.version_info[:2] != (3, 13) or sys.prefix == sys.argv[1])' "$PWD/.venv" >/dev/null 2>&1
}

runs_here() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1
}

find_uv() {
    local candidate
    for candidate in uv "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv"; do
        if "$candidate" --version >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

pyenv_roots() { # also that of shims on PATH which do not know it themselves, for HOME is another one
    local entry
    echo "${PYENV_ROOT:-$HOME/.pyenv}"
    while IFS= read -r entry; do
        case $entry in */shims) echo "${entry%/shims}" ;; esac
    done < <(tr ':' '\n' <<<"$PATH")
}

find_python() {
    local name candidate uv
    for name in python3.13 python3 python; do
        while IFS= read -r candidate; do
            # The one that an older .venv is on PATH with would be deleted under our feet.
            case $candidate in "$PWD"/.venv/* | .venv/*) continue ;; esac
            runs "$candidate" && echo "$candidate" && return
        done < <(type -aP "$name" 2>/dev/null)
    done
    while IFS= read -r candidate; do
        runs "$candidate" && echo "$candidate" && return
    done < <(pyenv_roots | while IFS= read -r root; do ls -d "$root"/versions/3.13.*/bin/python3.13 2>/dev/null | sort -rV; done)
    if uv=$(find_uv); then
        candidate=$("$uv" python find --no-project 3.13 2>/dev/null) && runs "$candidate" && echo "$candidate" && return
        "$uv" python install 3.13 >&2 || return 1
        candidate=$("$uv" python find --no-project 3.13 2>/dev/null) && runs "$candidate" && echo "$candidate" && return
    fi
    return 1
}

# --- the environments ---------------------------------------------------------------------------------------------------

quietly() { # what it is, then the command: the output is shown only when it fails
    local name=$1
    shift
    if ! "$@" >"$logs/$name.log" 2>&1; then
        echo "vistka: setting up $name failed:" >&2
        tail -15 "$logs/$name.log" >&2
        return 1
    fi
}

make_base() { # .venv with the locked uv in it, which installs everything else
    rm -rf .venv
    if ! "$python" -m venv .venv; then
        echo "$python cannot make environments: its venv or ensurepip module is missing"
        return 1
    fi
    awk '/^uv==/ { on = 1; print; next } /^[^ ]/ { on = 0 } on' requirements-dev.txt >"$logs/uv.txt" &&
        .venv/bin/python -m pip install --quiet --no-deps --require-hashes -r "$logs/uv.txt" &&
        pwd >.venv/.base
}

make_dev() {
    .venv/bin/uv pip sync --python .venv/bin/python --require-hashes requirements-dev.txt &&
        # The project itself, editable, built by the locked setuptools: nothing is fetched for it.
        .venv/bin/uv pip install --python .venv/bin/python --no-deps --no-index --no-build-isolation --editable . &&
        stamp_of "${dev_files[@]}" >.venv/.stamp
}

make_tool() { # name
    local env=.tools/$1 lock=local/requirements-$1.txt
    rm -rf "$env" &&
        "$python" -m venv --without-pip "$env" &&
        .venv/bin/uv pip install --python "$env/bin/python" --no-deps --require-hashes -r "$lock" &&
        stamp_of "$lock" >"$env/.stamp"
}

dev_files=(requirements-dev.txt pyproject.toml)
missing=()
stands .venv "${dev_files[@]}" || missing+=(dev)
for tool in ministack sam django; do
    stands ".tools/$tool" "local/requirements-$tool.txt" || missing+=("$tool")
done
[ ${#missing[@]} -gt 0 ] || exit 0

mkdir -p "$logs"
# Two calls at once wait for each other where the system can; the second then finds everything standing.
if [ -z "${VISTKA_SETUP_LOCKED:-}" ] && command -v flock >/dev/null 2>&1; then
    VISTKA_SETUP_LOCKED=1 exec flock .tools/lock bash local/setup.sh
fi

python=$(find_python) || fail "no Python 3.13 that runs was found on PATH, among pyenv's versions or through uv.
        Install one, for example: pyenv install 3.13, or uv python install 3.13"
echo "vistka: setting up with $("$python" --version) (${missing[*]}); only this first time takes a minute" >&2

# Changed locks are brought into a .venv that stands; one that was moved or does not run is made anew.
if [ "$(cat .venv/.base 2>/dev/null)" != "$PWD" ] || ! runs_here .venv/bin/python || ! .venv/bin/uv --version >/dev/null 2>&1; then
    quietly base make_base
fi
jobs=()
for part in "${missing[@]}"; do
    case $part in
        dev) quietly dev make_dev & ;;
        *) quietly "$part" make_tool "$part" & ;;
    esac
    jobs+=($!)
done
failed=0
for job in "${jobs[@]}"; do
    wait "$job" || failed=1
done
exit "$failed"
