# shellcheck shell=bash
# Runs suites side by side, counts their tests and ends what they leave behind. Sourced, never run.

: "${root:?}"

# How many suites run at the same time.
readonly LANES=${BRIDGE_TEST_LANES:-2}
ARTIFACTS=${BRIDGE_ARTIFACTS:-$root/artifacts}
readonly ARTIFACTS
export BRIDGE_ARTIFACTS=$ARTIFACTS

total_passed=0 total_failed=0 total_skipped=0 failed_suites=()
# none, running, done or failed.
build_state=none
declare -A running=() began_at=()

# run_suites SUITE...: prepares them one by one at the terminal, which may ask for a password, then runs them in lanes.
# A suite NAME consists of the functions prepare_NAME and suite_NAME; they run in a shell of their own.
run_suites() {
  local suite status waiting=()
  mkdir -p "$CACHE" "$ARTIFACTS/logs" "$ARTIFACTS/results"
  for suite in "$@"; do
    rm -f "$ARTIFACTS/results/$suite".*
    began_at[$suite]=$SECONDS status=0
    (set +e; "prepare_$suite") >"$(log_of "$suite")" || status=$?
    if [ "$status" -eq 0 ]; then waiting+=("$suite"); else report "$suite" "$status"; fi
  done
  trap 'stop_suites; exit 130' INT TERM HUP
  run_lanes ${waiting[@]+"${waiting[@]}"}
  trap - INT TERM HUP
}

run_lanes() {
  local waiting=("$@") next pid
  while [ ${#waiting[@]} -gt 0 ] || [ ${#running[@]} -gt 0 ]; do
    while [ ${#running[@]} -lt "$LANES" ] && next=$(next_suite ${waiting[@]+"${waiting[@]}"}); do
      start_suite "${waiting[next]}"
      unset "waiting[next]"
      waiting=(${waiting[@]+"${waiting[@]}"})
    done
    # Nothing runs and nothing may start: all that wait need the build, which failed.
    if [ ${#running[@]} -eq 0 ]; then break; fi
    sleep 0.1
    for pid in "${!running[@]}"; do
      if ! kill -0 "$pid" 2>/dev/null; then end_suite "$pid"; fi
    done
  done
  if [ ${#waiting[@]} -gt 0 ]; then say "not run without the build: ${waiting[*]}"; fi
}

# next_suite SUITE...: the index of the first one that may start now.
next_suite() {
  local index=0 suite
  for suite in "$@"; do
    case $build_state:$suite in
      none:* | done:* | *:build | *:static | *:front_door)
        printf '%s\n' "$index"
        return
        ;;
    esac
    index=$((index + 1))
  done
  return 1
}

start_suite() {
  local suite=$1
  began_at[$suite]=$SECONDS
  say "$suite ..."
  # A process group of its own: a terminal's Ctrl-C reaches ./bridge alone, which ends the suites.
  set -m
  suite_process "$suite" </dev/null >>"$(log_of "$suite")" 2>&1 &
  set +m
  running[$!]=$suite
  if [ "$suite" = build ]; then build_state=running; fi
}

# suite_process SUITE: leaves the exit code in a file, because bash may forget a job that ended early.
suite_process() {
  local suite=$1 status=0
  set +em
  trap - INT TERM HUP
  if [ "$suite" != build ]; then
    # By these two, the processes that a suite leaves behind are found. The folder's path must be short: sockets lie in it.
    export BRIDGE_SUITE=$$-$suite BRIDGE_SIDECAR=$SIDECAR TMPDIR
    TMPDIR=$(temporary_folder "$suite")
    mkdir -p "$TMPDIR"
  fi
  ("prepare_$suite" && "suite_$suite") || status=$?
  printf '%s\n' "$status" >"$ARTIFACTS/results/$suite.status"
}

end_suite() {
  local pid=$1 suite=${running[$1]} status left
  unset "running[$pid]"
  status=$(cat "$ARTIFACTS/results/$suite.status" 2>/dev/null || echo 1)
  if [ "$suite" = build ]; then
    end_build "$status"
    return
  fi
  left=$(left_over "$suite" 50)
  if [ -n "$left" ]; then
    printf 'left running:\n%s\n' "$left" >>"$(log_of "$suite")"
    kill_left_over "$suite"
    if [ "$status" -eq 0 ]; then status=1; fi
  fi
  rm -rf "$(temporary_folder "$suite")"
  report "$suite" "$status"
}

end_build() {
  say "build: $((SECONDS - began_at[build])) s"
  build_state="done"
  if [ "$1" -eq 0 ]; then return; fi
  build_state=failed total_failed=$((total_failed + 1)) failed_suites+=(build)
  cat "$(log_of build)"
}

# report SUITE STATUS: prints a suite's result and adds it to the total. The suite has left "passed failed skipped" in a file.
report() {
  local suite=$1 status=$2 log passed failed skipped reason
  log=$(log_of "$suite")
  if [ "$status" -eq 77 ]; then
    reason=$(sed -n 's/^SKIPPED: //p' "$log" | tail -n 1)
    printf 'SKIPPED %s: %s\n' "$suite" "$reason"
    if [ "${CI:-}" = true ]; then
      tail -n 20 "$log"
      total_failed=$((total_failed + 1)) failed_suites+=("$suite")
    else
      total_skipped=$((total_skipped + 1))
    fi
    return
  fi
  read -r passed failed skipped < <(cat "$ARTIFACTS/results/$suite.count" 2>/dev/null || echo "0 0 0")
  # A suite that crashed or ran nothing has failed, whatever it counted.
  if { [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; } || [ $((passed + failed)) -eq 0 ]; then failed=$((failed + 1)); fi
  total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed)) total_skipped=$((total_skipped + skipped))
  printf '%-22s %4s passed, %s failed, %s skipped  (%s s)%s\n' \
    "$suite" "$passed" "$failed" "$skipped" "$((SECONDS - began_at[$suite]))" \
    "$(sed 's/^/, /' "$ARTIFACTS/results/$suite.note" 2>/dev/null)"
  if [ "$failed" -gt 0 ]; then
    failed_suites+=("$suite")
    show_failure "$suite" "$log"
  fi
}

show_failure() {
  printf -- '---- %s: what failed, and the end of %s ----\n' "$1" "${2#"$root"/}"
  # dotnet test reports a failure where it occurred, which may be thousands of lines before the end.
  grep -A 40 '^  Failed ' "$2" | head -n 150 || true
  tail -n "${BRIDGE_FAILURE_LINES:-100}" "$2"
  printf -- '---- %s: end of log ----\n' "$1"
}

# summary: the last line, and the exit code.
summary() {
  if [ ${#failed_suites[@]} -gt 0 ]; then say "failed: ${failed_suites[*]}"; fi
  printf '%s passed, %s failed, %s skipped\n' "$total_passed" "$total_failed" "$total_skipped"
  [ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
}

log_of() { printf '%s/logs/%s.log\n' "$ARTIFACTS" "$1"; }

count() { printf '%s %s %s\n' "$2" "$3" "$4" >"$ARTIFACTS/results/$1.count"; }

# missing WHY: to be called by prepare_SUITE where its counterpart is not available.
missing() {
  printf 'SKIPPED: %s\n' "$*"
  exit 77
}

# stop_suites: ends every suite and what it started.
stop_suites() {
  local pid
  trap '' INT TERM HUP
  say "stopping ${running[*]}"
  for pid in "${!running[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
  for pid in "${!running[@]}"; do kill_left_over "${running[$pid]}"; done
  for pid in "${!running[@]}"; do
    kill -KILL -- "-$pid" 2>/dev/null || true
    rm -rf "$(temporary_folder "${running[$pid]}")"
  done
  wait
}

# processes_of SUITE: the process ids with its mark in the environment or its folder in the command line.
processes_of() {
  {
    grep -lszxF "BRIDGE_SUITE=$$-$1" /proc/[0-9]*/environ || true
    # The pattern comes from a file, so that grep does not find itself.
    grep -lsF -f <(temporary_folder "$1") /proc/[0-9]*/cmdline || true
  } | cut -d/ -f3 | sort -u
}

temporary_folder() { printf '/tmp/hnb-%s-%s\n' "$$" "$1"; }

# left_over SUITE TENTHS: the processes that are still there after so many tenths of a second.
left_over() {
  local tenth pid pids=
  for ((tenth = 0; tenth <= $2; tenth++)); do
    pids=$(processes_of "$1")
    if [ -z "$pids" ]; then return; fi
    sleep 0.1
  done
  for pid in $pids; do printf '%s %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"; done
}

# kill_left_over SUITE: SIGTERM, five seconds later SIGKILL.
kill_left_over() {
  local number pids
  for number in TERM KILL; do
    pids=$(processes_of "$1")
    # shellcheck disable=SC2086 # one word a process
    if [ -n "$pids" ]; then kill "-$number" $pids 2>/dev/null || true; fi
    if [ -z "$(left_over "$1" 50)" ]; then return; fi
  done
}
