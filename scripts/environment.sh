# Sourced by scripts/run and scripts/test: finds Python 3.11 or newer and keeps .venv in step with pyproject.toml.

find_python() {
  local name
  for name in ${DENJU_PYTHON:+"$DENJU_PYTHON"} python3.11 python3.12 python3.13 python3; do
    if command -v "$name" >/dev/null 2>&1 &&
      "$name" -c 'import sys; sys.exit(not sys.version_info >= (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "denju needs Python 3.11 or newer, and found none. On Debian or Ubuntu: sudo apt install python3.11 python3.11-venv" >&2
  exit 1
}

# state ROOT: what an installation is bound to: what is asked for, the place of .venv, and the Python that runs it.
state() {
  cat "$1/pyproject.toml" "$1/scripts/constraints.txt" | cksum
  (cd "$1" && pwd -P)
  readlink -f "$1/.venv/bin/python" || true
}

# current ROOT MARK: whether all is as it was when it was installed.
current() { [ -x "$1/.venv/bin/python" ] && [ "$(cat "$2" 2>/dev/null)" = "$(state "$1")" ]; }

# usable ROOT MARK: whether .venv can be installed into: its scripts name its place, and without pip it is half made.
usable() {
  local before
  before=$(sed 1d "$2" 2>/dev/null) || true
  [ -z "$before" ] || [ "$before" = "$(state "$1" | sed 1d)" ] || return 1
  [ -x "$1/.venv/bin/python" ] && "$1/.venv/bin/python" -m pip --version >/dev/null 2>&1
}

# prepare ROOT PURPOSE EXTRA: make .venv when it is missing or cannot work here, install when what is asked for changed.
prepare() {
  local root=$1 purpose=$2 extra=$3 python mark
  mark=$root/.venv/installed-$purpose
  if current "$root" "$mark"; then return; fi
  python=$(find_python)
  exec 9>"$root/.venv.lock"
  if command -v flock >/dev/null 2>&1; then flock 9; fi
  if ! current "$root" "$mark"; then
    if ! usable "$root" "$mark"; then
      echo "denju: making .venv with $($python --version) …" >&2
      "$python" -m venv --clear "$root/.venv" >&2 || {
        echo "denju: this Python cannot make virtual environments. On Debian or Ubuntu: sudo apt install ${python##*/}-venv" >&2
        exit 1
      }
    fi
    echo "denju: installing (once; a minute or two) …" >&2
    "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check \
      -c "$root/scripts/constraints.txt" -e "$root$extra" >&2 || {
      echo "denju: the installation failed (see above). It needs the Python package index once; try again when it can be reached." >&2
      exit 1
    }
    state "$root" >"$mark"
  fi
  exec 9>&-
}
