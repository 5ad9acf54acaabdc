# shellcheck shell=bash
# ./bridge test: every suite's result with its duration, and one last line over all. Sourced, never run.

readonly SUITES=(static front_door contract nats host signalr-js home_assistant home_assistant-2026.11 end_to_end)
ARTIFACTS=${BRIDGE_ARTIFACTS:-$root/artifacts}
readonly ARTIFACTS
export BRIDGE_ARTIFACTS=$ARTIFACTS
total_passed=0 total_failed=0 total_skipped=0

# test_suites [SUITE...]: the last line is exactly "N passed, N failed, N skipped"; the exit code is 0 only if nothing failed.
test_suites() {
  local suite wanted=("$@") began=$SECONDS
  [ $# -gt 0 ] || wanted=("${SUITES[@]}")
  for suite in "${wanted[@]}"; do
    case " ${SUITES[*]} " in *" $suite "*) ;; *) die "no such suite: $suite (there are: ${SUITES[*]})" ;; esac
  done
  mkdir -p "$CACHE" "$ARTIFACTS/logs" "$ARTIFACTS/results"
  local built=$SECONDS is_built=
  if need_dotnet && build "$root/HaNatsBridge.sln"; then
    is_built=1
    say "built in $((SECONDS - built)) s"
  else
    total_failed=1
  fi
  for suite in "${wanted[@]}"; do
    case $suite in
      static | front_door) one_suite "$suite" ;;
      *) if [ -n "$is_built" ]; then one_suite "$suite"; else say "$suite needs the build, and does not run"; fi ;;
    esac
  done
  say "all in $((SECONDS - began)) s; logs and results are in ${ARTIFACTS#"$root"/}/"
  summary
}

# summary: the last line, and whether all is well.
summary() {
  printf '%s passed, %s failed, %s skipped\n' "$total_passed" "$total_failed" "$total_skipped"
  [ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
}

# one_suite SUITE: a suite runs in a shell of its own and leaves its counts in results/SUITE.count as "passed failed skipped".
one_suite() {
  local suite=$1 began=$SECONDS status=0 log=$ARTIFACTS/logs/$1.log counts=$ARTIFACTS/results/$1.count passed failed skipped reason
  rm -f "$counts" "$ARTIFACTS/results/$suite".*
  say "$suite ..."
  export BRIDGE_SIDECAR=$SIDECAR
  (set +e; "prepare_$suite" && "suite_$suite") >"$log" 2>&1 || status=$?
  if [ "$status" -eq 77 ]; then
    reason=$(sed -n 's/^SKIPPED: //p' "$log" | tail -n 1)
    printf 'SKIPPED %s: %s\n' "$suite" "$reason"
    if [ "${CI:-}" = true ]; then
      tail -n 20 "$log"
      total_failed=$((total_failed + 1))
    else
      total_skipped=$((total_skipped + 1))
    fi
    return
  fi
  read -r passed failed skipped < <(cat "$counts" 2>/dev/null || echo "0 0 0")
  # A suite that crashed, or ran nothing, has failed whatever it counted.
  if { [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; } || [ $((passed + failed)) -eq 0 ]; then failed=$((failed + 1)); fi
  total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed)) total_skipped=$((total_skipped + skipped))
  printf '%-15s %4s passed, %s failed, %s skipped  (%s s)\n' "$suite" "$passed" "$failed" "$skipped" "$((SECONDS - began))"
  if [ "$failed" -gt 0 ]; then show_failure "$suite" "$log"; fi
}

show_failure() {
  printf -- '---- %s: what failed, and the end of %s ----\n' "$1" "${2#"$root"/}"
  # dotnet test tells of a failure where it happened, which may be thousands of lines before the end.
  grep -A 40 '^  Failed ' "$2" | head -n 150 || true
  tail -n "${BRIDGE_FAILURE_LINES:-100}" "$2"
  printf -- '---- %s: end of log ----\n' "$1"
}

# missing WHY: this suite's counterpart cannot be had here.
missing() {
  printf 'SKIPPED: %s\n' "$*"
  exit 77
}

count() { printf '%s %s %s\n' "$2" "$3" "$4" >"$ARTIFACTS/results/$1.count"; }

# ---- .NET -------------------------------------------------------------------------------------------------------------------

dotnet_suite() {
  local suite=$1 project=$2 status=0 trx=$ARTIFACTS/results/$1.trx total passed failed
  timeout --kill-after=30 "${3:-600}" dotnet test "$root/tests/$project/$project.csproj" --configuration Release --no-build \
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

prepare_nats() {
  need_both_nats_servers || missing "no nats-server could be had"
  need_npm "$root/tests/Nats.Tests/services-js" || missing "Node or the npm packages could not be had"
}
suite_nats() { dotnet_suite nats Nats.Tests 600; }

prepare_host() { need_both_nats_servers || missing "no nats-server could be had"; }
suite_host() { dotnet_suite host Host.Tests 900; }

# ---- Node -------------------------------------------------------------------------------------------------------------------

prepare_signalr-js() {
  [ -e "$root/tests/signalr-js/package.json" ] || { echo "tests/signalr-js is missing"; return 1; }
  need_npm "$root/tests/signalr-js" || missing "Node or the npm packages could not be had"
  need_nats_server || missing "no nats-server could be had"
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

# count_junit SUITE FILE: by the elements, because Node nests suites and pytest does not.
count_junit() {
  local cases failed skipped
  cases=$(elements testcase "$2") failed=$(($(elements failure "$2") + $(elements error "$2"))) skipped=$(elements skipped "$2")
  count "$1" "$((cases > failed + skipped ? cases - failed - skipped : 0))" "$failed" "$skipped"
}

elements() { { grep -oE "<$1[ />]" "$2" 2>/dev/null || true; } | wc -l; }

# ---- Python -----------------------------------------------------------------------------------------------------------------

prepare_front_door() { need_venv home-assistant-2026.10 || missing "Python 3.14 could not be had"; }
suite_front_door() { pytest_suite front_door "$root/tests/front_door" 120; }

prepare_home_assistant() {
  need_venv home-assistant-2026.10 || missing "Python 3.14 or Home Assistant could not be had"
  need_nats_server || missing "no nats-server could be had"
}

suite_home_assistant() {
  pytest_suite home_assistant "$root/tests/home_assistant" 600
}

# The same tests with the second release.
prepare_home_assistant-2026.11() {
  need_venv home-assistant-2026.11 || missing "Python 3.14 or Home Assistant could not be had"
  need_nats_server || missing "no nats-server could be had"
}

suite_home_assistant-2026.11() {
  pytest_suite home_assistant-2026.11 "$root/tests/home_assistant" 600
}

prepare_end_to_end() {
  need_both_nats_servers || missing "no nats-server could be had"
  need_npm "$root/tests/end_to_end" || missing "Node or the npm packages could not be had"
  need_chromium || missing "no Chromium could be had"
  need_venv home-assistant-2026.11 || missing "Python 3.14 or Home Assistant could not be had"
  export HASS_2026_11=$VENV/bin/hass
  need_venv home-assistant-2026.10 || missing "Python 3.14 or Home Assistant could not be had"
  export HASS_2026_10=$VENV/bin/hass
}

suite_end_to_end() {
  pytest_suite end_to_end "$root/tests/end_to_end" 900
}

# pytest_suite SUITE FOLDER SECONDS: from that folder, so that its own configuration counts and no other.
pytest_suite() {
  local suite=$1 folder=$2 status=0 xml=$ARTIFACTS/results/$1.xml
  (
    cd "$folder"
    PATH="$VENV/bin:$PATH" timeout --signal=INT --kill-after=60 "$3" "$VENV/bin/python" -m pytest --junitxml="$xml" -o junit_family=xunit1 \
      -p no:cacheprovider --durations=10 .
  ) || status=$?
  count_junit "$suite" "$xml"
  return "$status"
}

# ---- static -----------------------------------------------------------------------------------------------------------------

prepare_static() {
  need_program shellcheck shellcheck || missing "shellcheck could not be had"
  need_venv home-assistant-2026.10 || missing "Python 3.14 could not be had"
}

suite_static() {
  (cd "$root" && PATH="$VENV/bin:$PATH" timeout --kill-after=30 300 \
    "$VENV/bin/python" scripts/static_checks.py --count "$ARTIFACTS/results/static.count")
}
