# shellcheck shell=bash
# The .NET side. Sourced, never run; $root is the project's folder.

: "${root:?}"

SIDECAR=$root/sidecar/Host/bin/Release/net10.0/hanatsbridge
readonly SIDECAR
readonly STAMPS=sidecar/Host/bin/Release
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

need_dotnet() {
  have dotnet || die "the .NET 10 SDK is missing; it is the only thing that ./bridge does not install"
  case "$(dotnet --version)" in
    [1-9].*) die "the .NET SDK is older than 10: $(dotnet --version)" ;;
  esac
}

build_sidecar() { build sidecar/Host/Host.csproj sidecar contract; }

build_everything() {
  local folders
  mapfile -t folders < <(cd "$root" && dirname tests/*/*.csproj bench/*/*.csproj)
  build HaNatsBridge.sln sidecar contract "${folders[@]}"
}

# build PROJECT FOLDER...: builds unless neither the sources in these folders nor the outputs changed since the last build.
# Prints the build's output only when it fails. Two builds of one tree break each other, so they take turns.
build() {
  if is_built "$@"; then return; fi
  need_dotnet
  with_lock "build-$(printf '%s' "$root" | sha256sum | cut -c1-16)" build_locked "$@"
}

build_locked() {
  if is_built "$@"; then return; fi
  local project=$1 log sources ticker status=0
  log=$(mktemp)
  # Listed before the build: what is edited meanwhile is built the next time.
  sources=$(sources_of "${@:2}")
  rm -f "$(stamp_of "$project")"
  say "building ${project##*/}; the first time this takes a minute"
  show_progress $$ >/dev/null &
  ticker=$!
  (cd "$root" && dotnet build "$project" --configuration Release --verbosity quiet -nologo -clp:NoSummary) \
    >"$log" 2>&1 || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if [ "$status" -eq 0 ]; then
    printf '%s\n%s\n' "$sources" "$(outputs_of "${@:2}")" >"$(stamp_of "$project")"
  else
    cat "$log" >&2
    say "the build of $project failed"
  fi
  rm -f "$log"
  return "$status"
}

is_built() {
  local stamp
  stamp=$(stamp_of "$1")
  [ -x "$SIDECAR" ] && [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$(sources_of "${@:2}")"$'\n'"$(outputs_of "${@:2}")" ]
}

stamp_of() { printf '%s/%s/%s.stamp\n' "$root" "$STAMPS" "${1##*/}"; }

# sources_of FOLDER...: changes when a file that the build may read is edited, added, renamed or removed.
sources_of() {
  (cd "$root" && {
    find . -maxdepth 1 -type f \( -name '*.props' -o -name '*.targets' -o -name '*.sln' -o -name '.editorconfig' \)
    find "$@" \( -name bin -o -name obj -o -name node_modules -o -name __pycache__ \) -prune -o -type f -print
  } | LC_ALL=C sort | tr '\n' '\0' | xargs -0 stat --format='%n %s %.Y %i' -- | sha256sum)
}

# outputs_of FOLDER...: changes when a library that a build made is replaced or removed.
outputs_of() {
  (cd "$root" && find "$@" -path '*/bin/Release/*' -name '*.dll' -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum)
}

# show_progress PID: a line every five seconds, while that process lives.
show_progress() {
  local seconds=0
  while sleep 1 2>/dev/null && kill -0 "$1" 2>/dev/null; do
    seconds=$((seconds + 1))
    [ $((seconds % 5)) -ne 0 ] || say "building: $seconds s"
  done
}

# bench [NAME] ARGUMENT...: the figures of docs/benchmarks.md.
bench() {
  [ -x "$root/bench/run" ] || die "bench/run is missing"
  if [ "${1:-}" = templates ]; then
    build bench/templates/Templates.Bench.csproj sidecar bench/templates
    exec "$root/bench/run" "$@"
  fi
  build_sidecar
  need_nats_server
  need_venv home-assistant-2026.10
  need_program mosquitto mosquitto || say "mosquitto is missing: the comparison with Home Assistant's own mqtt is left out"
  export BRIDGE_NATS_SERVER_NEWEST=$NATS_SERVER BRIDGE_SIDECAR=$SIDECAR VENV PYTHONPATH=$root/scripts
  exec "$root/bench/run" "$@"
}
