# shellcheck shell=bash
# Python 3.14 and virtual environments, through uv. Sourced, never run.

# need_uv: `uv` on the PATH. It downloads Python 3.14 unless UV_PYTHON names one.
need_uv() {
  export UV_PYTHON=${UV_PYTHON:-3.14}
  if have uv; then return; fi
  if [ ! -x "$CACHE/uv/bin/uv" ]; then
    have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3 python3-venv || return 1
    with_lock uv fetch_uv || return 1
  fi
  PATH="$CACHE/uv/bin:$PATH"
}

fetch_uv() {
  if [ -x "$CACHE/uv/bin/uv" ]; then return; fi
  say "downloading uv (Python's package installer) into $CACHE/uv"
  rm -rf "$CACHE/uv.new"
  python3 -m venv "$CACHE/uv.new" || return 1
  "$CACHE/uv.new/bin/python" -m pip install --quiet --disable-pip-version-check uv || return 1
  rm -rf "$CACHE/uv"
  mv "$CACHE/uv.new" "$CACHE/uv"
}

# need_venv NAME: $VENV is an environment with requirements/NAME.txt (and requirements/NAME.overrides.txt, if there is one).
# The folder's name contains a hash of these files, so that two checkouts can share the cache.
need_venv() {
  local name=$1 files=("$root/requirements/$1.txt") stamp
  [ ! -e "$root/requirements/$name.overrides.txt" ] || files+=("$root/requirements/$name.overrides.txt")
  need_uv || return 1
  stamp=$(printf '%s\n' "$UV_PYTHON" | fingerprint - "${files[@]}")
  VENV=$CACHE/venvs/$name-$stamp
  with_lock "venv-$name" make_venv "$name" "$VENV" "${files[@]}"
}

# An environment contains its own path, so it is made in place. The file .complete, written last, marks it as complete.
make_venv() {
  local name=$1 place=$2 requirements=$3 overrides=${4:-}
  if [ -e "$place/.complete" ]; then return; fi
  say "downloading the Python packages of $name into $place"
  mkdir -p "$CACHE/venvs"
  rm -rf "$place"
  uv venv --quiet "$place" || return 1
  uv pip install --quiet --python "$place" ${overrides:+--override "$overrides"} -r "$requirements" || return 1
  touch "$place/.complete"
}
