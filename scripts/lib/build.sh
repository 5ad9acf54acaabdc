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

# bench ARGUMENT...: the figures of the README.
bench() {
  [ -x "$root/bench/run" ] || die "bench/run is missing"
  build "$root/HaNatsBridge.sln"
  need_nats_server
  need_venv home-assistant-2026.10
  need_program mosquitto mosquitto || say "without mosquitto the comparison with Home Assistant's own mqtt is left out"
  export SIDECAR VENV PYTHONPATH=$root/scripts
  exec "$root/bench/run" "$@"
}
