# shellcheck shell=bash
# The .NET side. Sourced, never run; $root is the project's folder.

: "${root:?}"

SIDECAR=$root/sidecar/Host/bin/Release/net10.0/hanatsbridge
readonly SIDECAR
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

need_dotnet() {
  have dotnet || die "the .NET 10 SDK is missing; it is the one thing that ./bridge does not install"
  case "$(dotnet --version)" in
    [1-9].*) die "the .NET SDK is older than 10: $(dotnet --version)" ;;
  esac
}

build_sidecar() {
  need_dotnet
  build "$root/sidecar/Host/Host.csproj"
}

# build PROJECT: quiet when it succeeds. Two builds of one tree at once break each other, so they take turns.
build() {
  local log
  log=$(mktemp)
  [ -x "$SIDECAR" ] || say "building, which takes a minute the first time"
  if ! with_lock "build-$(printf '%s' "$root" | sha256sum | cut -c1-16)" \
    dotnet build "$1" --configuration Release --verbosity quiet -nologo -clp:NoSummary >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say "the build of ${1#"$root"/} failed"
    return 1
  fi
  rm -f "$log"
}

# bench [NAME] ARGUMENT...: the figures of the README. Each benchmark gets what it needs, and no more.
bench() {
  local name=${1:-all}
  [ -x "$root/bench/run" ] || die "bench/run is missing"
  need_dotnet
  need_nats_server
  export BRIDGE_NATS_SERVER_NEWEST=$NATS_SERVER
  case $name in nats | soak | all) build "$root/bench/Nats.Bench/Nats.Bench.csproj" ;; esac
  case $name in nats | all) need_other_clients ;; esac
  case $name in
    home_assistant | all)
      build "$root/HaNatsBridge.sln"
      need_venv home-assistant-2026.10
      need_program mosquitto mosquitto || say "without mosquitto the comparison with Home Assistant's own mqtt is left out"
      export SIDECAR VENV PYTHONPATH=$root/scripts
      ;;
  esac
  exec "$root/bench/run" "$@"
}

# need_other_clients: nats.js and libnats for the comparison, which does without what cannot be had.
need_other_clients() {
  need_npm "$root/bench/nats-js" || say "without Node or its packages the comparison with nats.js is left out"
  [ -e /usr/include/nats/nats.h ] || apt_install libnats-dev || say "without libnats-dev the comparison with libnats is left out"
  have cc || apt_install gcc libc6-dev || say "without a C compiler the comparison with libnats is left out"
}
