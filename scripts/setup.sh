#!/bin/sh
# Makes .venv with the pinned dependencies; what goes wrong is said in one line, with exit code 2.
# Usage: scripts/setup.sh [dev]    (dev: with what tests and checks need)
set -u
cd "$(dirname "$0")/.." || exit 2
unset PYTHONHOME PYTHONPATH

fail() {
    echo "setup: $1" >&2
    exit 2
}

files=requirements.txt
stamp=.venv/.installed
if [ "${1:-}" = dev ]; then
    files="requirements.txt requirements-dev.txt"
    stamp=.venv/.installed-dev
fi
# The folder is part of the stamp: an environment that was moved does not work.
# shellcheck disable=SC2086
wanted="$(cat $files | cksum) $PWD"
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && [ -x .venv/bin/python ] && exit 0

mkdir -p var/log 2>/dev/null || fail "cannot write to $PWD/var: is the disk full, or the folder another user's?"
log=var/log/setup.log
if command -v flock >/dev/null 2>&1; then
    exec 9>var/setup.lock
    flock 9
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0
fi

because() { # what of the log is worth a line
    if grep -qi 'no space left' "$log"; then
        echo "the disk is full"
    else
        grep -E '^ERROR|[Ee]rror:' "$log" | tail -n 1 | grep . || tail -n 1 "$log" | grep . || echo "no reason given"
    fi
}

python=
for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is needed and none was found (python3.14 ... python3.11, python3)"

same="import sys, pip; sys.exit(sys.prefix != '$PWD/.venv' or sys.version_info < (3, 11))"
if ! .venv/bin/python -c "$same" >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "Python $version has no venv module here: install the package python$version-venv"
    echo "setup: making .venv with Python $version"
    "$python" -m venv --clear .venv >"$log" 2>&1 || fail "cannot make .venv: $(because)"
fi

echo "setup: installing $files (half a minute)"
set --
for file in $files; do set -- "$@" -r "$file"; done
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes "$@" \
    >"$log" 2>&1 || fail "cannot install: $(because) (all of it: $log)"
echo "$wanted" >"$stamp" || fail "cannot write $stamp: is the disk full?"
[ "$stamp" = .venv/.installed ] || cat requirements.txt | cksum | sed "s|\$| $PWD|" >.venv/.installed
