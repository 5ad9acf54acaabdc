# shellcheck shell=bash
# ./bridge test: the suites, and how each one runs. Sourced, never run.

: "${root:?}"

readonly SUITES=(
  static front_door contract templates mqtt devices host signalr-js home_assistant home_assistant-2026.11 end_to_end attack
)
# The longest suites start first, so that no lane is idle at the end.
readonly START_ORDER=(
  static host end_to_end attack home_assistant home_assistant-2026.11 signalr-js devices mqtt templates contract front_door
)

# test_suites [SUITE...]: the last line is exactly "N passed, N failed, N skipped"; the exit code is 0 only if nothing failed.
test_suites() {
  local suite wanted=" $* " ordered=()
  for suite in "$@"; do
    case " ${SUITES[*]} " in *" $suite "*) ;; *) die "no such suite: $suite (there are: ${SUITES[*]})" ;; esac
  done
  for suite in "${START_ORDER[@]}"; do
    if [ $# -eq 0 ] || [[ $wanted == *" $suite "* ]]; then ordered+=("$suite"); fi
  done
  case "${ordered[*]}" in
    static | front_door | "static front_door") ;;
    *) ordered=(build "${ordered[@]}") ;;
  esac
  run_suites "${ordered[@]}"
  say "all in $SECONDS s; logs and results are in ${ARTIFACTS#"$root"/}/"
  summary
}

prepare_build() { :; }
# The sidecar alone too: a test of ./bridge run would otherwise wait for that build.
suite_build() { build_everything && build_sidecar; }

# ---- .NET -------------------------------------------------------------------------------------------------------------------

dotnet_suite() {
  local suite=$1 project=$2 status=0 trx=$ARTIFACTS/results/$1.trx total passed failed
  timeout --kill-after=30 "$3" dotnet test "$root/tests/$project/bin/Release/net10.0/$project.dll" \
    --logger "trx;LogFileName=$trx" --logger "console;verbosity=normal" --blame-hang-timeout 4m || status=$?
  total=$(trx_counter "$trx" total) passed=$(trx_counter "$trx" passed) failed=$(trx_counter "$trx" failed)
  count "$suite" "$passed" "$failed" "$((total - passed - failed))"
  return "$status"
}

trx_counter() {
  local value
  value=$(sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" 2>/dev/null | head -n 1)
  printf '%s\n' "${value:-0}"
}

prepare_contract() { :; }
suite_contract() { dotnet_suite contract Contract.Tests 300; }

prepare_templates() { :; }
suite_templates() { dotnet_suite templates Templates.Tests 300; }

prepare_mqtt() { :; }
suite_mqtt() { dotnet_suite mqtt Mqtt.Tests 300; }

prepare_devices() { need_both_nats_servers || missing "no nats-server is available"; }
suite_devices() { dotnet_suite devices Devices.Tests 300; }

prepare_host() {
  need_both_nats_servers || missing "no nats-server is available"
  [ -x /usr/sbin/mosquitto ] || need_program mosquitto mosquitto || missing "no mosquitto is available"
}
suite_host() { dotnet_suite host Host.Tests 900; }

# ---- Node -------------------------------------------------------------------------------------------------------------------

prepare_signalr-js() {
  [ -e "$root/tests/signalr-js/package.json" ] || { echo "tests/signalr-js is missing"; return 1; }
  need_npm "$root/tests/signalr-js" || missing "Node or its npm packages are not available"
  need_nats_server || missing "no nats-server is available"
}

suite_signalr-js() {
  local status=0 xml=$ARTIFACTS/results/signalr-js.xml
  (
    cd "$root/tests/signalr-js"
    timeout --kill-after=30 240 node --test --test-reporter=spec --test-reporter-destination=stdout \
      --test-reporter=junit --test-reporter-destination="$xml"
  ) || status=$?
  count_junit signalr-js "$xml"
  return "$status"
}

# count_junit SUITE FILE: counts the elements, because Node nests its suites and pytest does not.
count_junit() {
  local cases failed skipped
  cases=$(elements testcase "$2") failed=$(($(elements failure "$2") + $(elements error "$2"))) skipped=$(elements skipped "$2")
  count "$1" "$((cases > failed + skipped ? cases - failed - skipped : 0))" "$failed" "$skipped"
}

elements() { { grep -oE "<$1[ />]" "$2" 2>/dev/null || true; } | wc -l; }

# ---- Python -----------------------------------------------------------------------------------------------------------------

prepare_front_door() { need_venv home-assistant-2026.10 || missing "Python 3.14 is not available"; }
suite_front_door() { pytest_suite front_door "$root/tests/front_door" 120; }

prepare_home_assistant() {
  need_venv home-assistant-2026.10 || missing "Python 3.14 or Home Assistant is not available"
  need_nats_server || missing "no nats-server is available"
  need_program mosquitto mosquitto || missing "mosquitto is not available"
}

# With the coverage of the integration, which Home Assistant's quality scale asks for. Single lines that only run with the second
# release are not counted.
suite_home_assistant() {
  local status=0 total
  COVERAGE_FILE=$ARTIFACTS/results/home_assistant.coverage pytest_suite home_assistant "$root/tests/home_assistant" 900 \
    --cov=custom_components.nats_bridge --cov-report=term-missing:skip-covered --cov-fail-under=97 || status=$?
  total=$(sed -n 's/.*Total coverage: \([0-9.]*%\).*/\1/p' "$(log_of home_assistant)" | tail -n 1)
  printf 'coverage of the integration %s\n' "${total:-unknown}" >"$ARTIFACTS/results/home_assistant.note"
  return "$status"
}

# With the second release: the tests that depend on the release (tests/home_assistant/conftest.py).
prepare_home_assistant-2026.11() {
  need_venv home-assistant-2026.11 || missing "Python 3.14 or Home Assistant is not available"
  need_nats_server || missing "no nats-server is available"
  need_program mosquitto mosquitto || missing "mosquitto is not available"
}

suite_home_assistant-2026.11() {
  pytest_suite home_assistant-2026.11 "$root/tests/home_assistant" 600 --second-release
}

# need_real_homes: both nats-servers and both releases of Home Assistant, as processes.
need_real_homes() {
  need_both_nats_servers || missing "no nats-server is available"
  need_venv home-assistant-2026.11 || missing "Python 3.14 or Home Assistant is not available"
  export HASS_2026_11=$VENV/bin/hass
  need_venv home-assistant-2026.10 || missing "Python 3.14 or Home Assistant is not available"
  export HASS_2026_10=$VENV/bin/hass
}

prepare_end_to_end() {
  need_real_homes
  need_npm "$root/tests/end_to_end" || missing "Node or its npm packages are not available"
  need_chromium || missing "no Chromium is available"
}

suite_end_to_end() {
  pytest_suite end_to_end "$root/tests/end_to_end" 900
}

prepare_attack() { need_real_homes; }
suite_attack() { pytest_suite attack "$root/tests/attack" 600; }

# pytest_suite SUITE FOLDER SECONDS [ARGUMENT...]: runs in that folder, whose own configuration applies.
pytest_suite() {
  local suite=$1 folder=$2 status=0 xml=$ARTIFACTS/results/$1.xml
  (
    cd "$folder"
    # Without bytecode, compiling Home Assistant would be most of each start.
    export PYTHONDONTWRITEBYTECODE=
    PATH="$VENV/bin:$PATH" timeout --signal=INT --kill-after=60 "$3" "$VENV/bin/python" -m pytest \
      --junitxml="$xml" -o junit_family=xunit1 -p no:cacheprovider --durations=10 "${@:4}" .
  ) || status=$?
  count_junit "$suite" "$xml"
  return "$status"
}

# ---- static -----------------------------------------------------------------------------------------------------------------

prepare_static() {
  need_program shellcheck shellcheck || missing "shellcheck is not available"
  need_venv home-assistant-2026.10 || missing "Python 3.14 is not available"
}

suite_static() {
  (cd "$root" && PATH="$VENV/bin:$PATH" timeout --kill-after=30 300 \
    "$VENV/bin/python" scripts/static_checks.py --count "$ARTIFACTS/results/static.count")
}
