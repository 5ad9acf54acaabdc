# shellcheck shell=bash
# What every part of ./bridge uses: messages, the cache, locks. Sourced, never run.

CACHE=${BRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hanatsbridge}
readonly CACHE

say() { printf 'bridge: %s\n' "$*" >&2; }

die() {
  printf 'bridge: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# fingerprint FILE...: sixteen characters that change when the content of a file changes.
fingerprint() { cat "$@" | sha256sum | cut -c1-16; }

# with_lock NAME COMMAND...: one at a time on this machine, so that two runs can share the cache.
with_lock() {
  local name=$1 fd status=0
  shift
  mkdir -p "$CACHE/locks"
  exec {fd}>"$CACHE/locks/$name"
  if ! flock --nonblock "$fd"; then
    say "waiting for another run that prepares $name"
    flock "$fd"
  fi
  # The command does not inherit the descriptor: a build server that it leaves running would hold the lock.
  eval '"$@"' "$fd>&-" || status=$?
  exec {fd}>&-
  return "$status"
}

# scratch NAME: an empty folder in the cache, on the same file system as the target of the move out of it.
# Callers hold the lock of that name.
scratch() {
  local folder=$CACHE/scratch/$1
  rm -rf "$folder"
  mkdir -p "$folder"
  printf '%s\n' "$folder"
}

# use_nats_server PROGRAM: $NATS_SERVER for the tests, and the default program of the sidecar's own server.
use_nats_server() {
  export NATS_SERVER=$1
  export BRIDGE_NATS_SERVER=${BRIDGE_NATS_SERVER:-$1}
}
