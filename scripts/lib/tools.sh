# shellcheck shell=bash
# nats-server, Node, Chromium: found or downloaded. Sourced, never run.

# Debian releases from the newest to the oldest. A package of a newer one runs here if libc is new enough, which is tried.
readonly NATS_RELEASES=(forky trixie bookworm)

# need_nats_server: $NATS_SERVER is the newest available server.
need_nats_server() {
  with_lock nats-server-newest nats_server newest "${NATS_RELEASES[@]}" || {
    have nats-server || apt_install nats-server || {
      say "no nats-server is available; install one, or name a running server with --nats URL"
      return 1
    }
    say "using the installed $(command -v nats-server)"
    use_nats_server "$(command -v nats-server)"
    return
  }
  use_nats_server "$CACHE/nats-server/newest/nats-server"
}

# wants_help ARGUMENT...
wants_help() {
  local argument
  for argument in "$@"; do
    case $argument in --help | -h | "-?") return ;; esac
  done
  return 1
}

# wants_own_server COMMAND ARGUMENT...: false for help, version, forget and mqtt, and if the arguments name a server.
wants_own_server() {
  local argument
  case $1 in version | forget | mqtt) return 1 ;; esac
  if wants_help "$@"; then return 1; fi
  for argument in "$@"; do
    case $argument in --nats | --nats=* | --nats-server | --nats-server=*) return 1 ;; esac
  done
}

# need_both_nats_servers: the oldest (2.9) and the newest, for the tests.
need_both_nats_servers() {
  with_lock nats-server-newest nats_server newest "${NATS_RELEASES[@]}" &&
    with_lock nats-server-oldest nats_server oldest bookworm || return 1
  use_nats_server "$CACHE/nats-server/newest/nats-server"
  export BRIDGE_NATS_SERVER_NEWEST=$NATS_SERVER BRIDGE_NATS_SERVER_OLDEST=$CACHE/nats-server/oldest/nats-server
}

# nats_server NAME RELEASE...: of the first Debian release whose package runs here. The caller holds the lock of that name.
nats_server() {
  local name=$1 place=$CACHE/nats-server/$1 release folder
  shift
  if "$place/nats-server" --version >/dev/null 2>&1; then return; fi
  have apt-get || { say "cannot download a nats-server here (no apt-get)"; return 1; }
  for release in "$@"; do
    say "downloading nats-server ($name) from Debian $release into $place"
    folder=$(scratch "nats-server-$name")
    unpack_deb "$release" nats-server "$folder/files" || continue
    mv "$folder"/files/usr/*bin/nats-server "$folder/" || continue
    rm -rf "$folder/files"
    "$folder/nats-server" --version >/dev/null 2>&1 || { say "it does not run here"; continue; }
    rm -rf "$place"
    mkdir -p "$(dirname "$place")"
    mv "$folder" "$place"
    say "downloaded $("$place/nats-server" --version)"
    return
  done
  return 1
}

# need_node: Node 20.19 or later, and npm, on the PATH.
need_node() {
  if node_suffices node && have npm; then return; fi
  have npm || apt_install nodejs npm || return 1
  if node_suffices node; then return; fi
  with_lock node node_22 || return 1
  export PATH="$CACHE/node22/node_modules/node/bin:$PATH"
  node_suffices node || { say "npm's node@22 does not run here"; return 1; }
}

node_suffices() {
  "$1" -e 'const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}

node_22() {
  if node_suffices "$CACHE/node22/node_modules/node/bin/node"; then return; fi
  say "this system's Node is older than 20.19: downloading npm's node@22"
  local folder
  folder=$(scratch node22)
  npm install --silent --no-audit --no-fund --prefix "$folder" node@22 || return 1
  rm -rf "$CACHE/node22"
  mv "$folder" "$CACHE/node22"
}

# need_npm FOLDER: the packages of FOLDER/package.json in FOLDER/node_modules.
need_npm() {
  need_node || return 1
  with_lock "npm-$(basename "$1")" npm_packages "$1"
}

npm_packages() {
  local folder=$1 stamp files=("$1/package.json")
  [ ! -e "$folder/package-lock.json" ] || files+=("$folder/package-lock.json")
  stamp=$(fingerprint "${files[@]}")
  if [ "$(cat "$folder/node_modules/.made-from" 2>/dev/null)" = "$stamp" ]; then return; fi
  say "downloading the npm packages of ${folder#"$root"/}"
  rm -rf "$folder/node_modules"
  if [ -e "$folder/package-lock.json" ]; then
    (cd "$folder" && npm ci --silent --no-audit --no-fund) || return 1
  else
    (cd "$folder" && npm install --silent --no-audit --no-fund --no-package-lock) || return 1
  fi
  printf '%s\n' "$stamp" >"$folder/node_modules/.made-from"
}

# need_chromium: $CHROMIUM is a Chromium or Chrome that can run headless.
need_chromium() {
  local candidate
  for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$candidate" ] && have "$candidate"; then
      CHROMIUM=$(command -v "$candidate")
      export CHROMIUM
      return
    fi
  done
  apt_install chromium || return 1
  CHROMIUM=$(command -v chromium)
  export CHROMIUM
}
