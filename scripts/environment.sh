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

# prepare ROOT PURPOSE EXTRA: make .venv when it is missing, install when pyproject.toml or the constraints changed since.
prepare() {
  local root=$1 purpose=$2 extra=$3 python want mark
  mark=$root/.venv/installed-$purpose
  want=$(cat "$root/pyproject.toml" "$root/scripts/constraints.txt" | cksum)
  if [ -x "$root/.venv/bin/python" ] && [ "$(cat "$mark" 2>/dev/null)" = "$want" ]; then return; fi
  python=$(find_python)
  exec 9>"$root/.venv.lock"
  if command -v flock >/dev/null 2>&1; then flock 9; fi
  if [ "$(cat "$mark" 2>/dev/null)" != "$want" ]; then
    if [ ! -x "$root/.venv/bin/python" ] || ! "$root/.venv/bin/python" -c '' 2>/dev/null; then
      echo "denju: making .venv with $($python --version) …" >&2
      "$python" -m venv --clear "$root/.venv" >&2 || {
        echo "denju: this Python cannot make virtual environments. On Debian or Ubuntu: sudo apt install python3-venv" >&2
        exit 1
      }
    fi
    echo "denju: installing (once; a minute or two) …" >&2
    "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check \
      -c "$root/scripts/constraints.txt" -e "$root$extra" >&2 || {
      echo "denju: the installation failed (see above). It needs the Python package index once; try again when it can be reached." >&2
      exit 1
    }
    echo "$want" >"$mark"
  fi
  exec 9>&-
}
