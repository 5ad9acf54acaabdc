"""What ./bridge promises: honest counts, nothing left running, a cache that two runs can share, no build without a change."""

from collections.abc import Callable
import os
from pathlib import Path
import signal
import subprocess
import textwrap
import time

import pytest

ROOT = Path(__file__).parents[2]
LIBRARIES = ("common", "debian", "tools", "python", "build", "lanes", "suites")


def program(script: str, root: Path = ROOT) -> list[str]:
    """A script that has sourced all of ./bridge's parts."""
    sources = "\n".join(f'source "{ROOT}/scripts/lib/{name}.sh"' for name in LIBRARIES)
    folders = 'mkdir -p "$CACHE" "$ARTIFACTS/logs" "$ARTIFACTS/results"'
    return ["bash", "-c", f'set -euo pipefail\nroot="{root}"\n{sources}\n{folders}\n{textwrap.dedent(script)}']


def surroundings(tmp_path: Path) -> dict[str, str]:
    """A cache and artefacts of its own."""
    return {**os.environ, "BRIDGE_CACHE": str(tmp_path / "cache"), "BRIDGE_ARTIFACTS": str(tmp_path / "artifacts"), "CI": ""}


def shell(script: str, tmp_path: Path, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run such a script."""
    return subprocess.run(
        program(script, root),
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env=surroundings(tmp_path) | environment,
    )


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is true."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def bridge(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ./bridge itself."""
    return subprocess.run([ROOT / "bridge", *arguments], capture_output=True, text=True, check=False, timeout=50)


def test_help_names_every_command() -> None:
    answer = bridge("help")
    assert answer.returncode == 0
    commands = ("run", "test", "bench", "simulate", "doctor", "device", "gateway", "mqtt", "tls", "version")
    for command in (*commands, "--home-assistant"):
        assert command in answer.stdout


def test_an_unknown_command_is_an_error_with_the_help() -> None:
    answer = bridge("tset")
    assert answer.returncode == 1
    assert "no such command: tset" in answer.stderr
    assert "./bridge test" in answer.stderr


def test_an_unknown_suite_is_an_error_that_names_the_known_ones() -> None:
    answer = bridge("test", "end2end")
    assert answer.returncode == 1
    assert "end_to_end" in answer.stderr


def test_the_last_line_counts_over_all_suites(tmp_path: Path) -> None:
    answer = shell(
        """
        prepare_a() { :; }; suite_a() { count a 5 0 1; }
        prepare_b() { :; }; suite_b() { count b 7 0 0; }
        run_suites a b; summary
        """,
        tmp_path,
    )
    assert answer.returncode == 0
    assert answer.stdout.splitlines()[-1] == "12 passed, 0 failed, 1 skipped"


@pytest.mark.parametrize(
    ("why", "suite"),
    [
        ("it crashed without counting", "exit 3"),
        ("it crashed after counting only successes", "count a 5 0 0; return 1"),
        ("it ran nothing", "count a 0 0 0"),
        ("it skipped everything", "count a 0 0 4"),
        ("a test failed", "count a 5 1 0; return 1"),
        ("its preparation failed", "prepare_a() { return 1; }"),
    ],
)
def test_a_suite_fails_when(tmp_path: Path, why: str, suite: str) -> None:
    prepare = suite if suite.startswith("prepare") else "prepare_a() { :; }"
    body = "suite_a() { count a 1 0 0; }" if suite.startswith("prepare") else f"suite_a() {{ {suite}; }}"
    answer = shell(f"{prepare}\n{body}\nrun_suites a; summary", tmp_path)
    assert answer.returncode == 1, why
    assert ", 1 failed, " in answer.stdout.splitlines()[-1], why


def test_a_failed_suite_shows_the_end_of_its_log(tmp_path: Path) -> None:
    answer = shell('prepare_a() { :; }; suite_a() { echo "the reason"; return 1; }\nrun_suites a; summary', tmp_path)
    assert "the reason" in answer.stdout


def test_a_suite_whose_counterpart_cannot_be_had_is_skipped_and_says_why(tmp_path: Path) -> None:
    script = 'prepare_a() { missing "no such thing here"; }; suite_a() { :; }\nrun_suites a; total_passed=1; summary'
    answer = shell(script, tmp_path)
    assert answer.returncode == 0
    assert "SKIPPED a: no such thing here" in answer.stdout
    assert answer.stdout.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"


def test_in_ci_a_skipped_suite_is_a_failure(tmp_path: Path) -> None:
    script = 'prepare_a() { missing "no such thing here"; }; suite_a() { :; }\nrun_suites a; total_passed=1; summary'
    answer = shell(script, tmp_path, CI="true")
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_suites_run_side_by_side(tmp_path: Path) -> None:
    script = """
        meets() { touch "$ARTIFACTS/$1"; until [ -e "$ARTIFACTS/$2" ]; do sleep 0.02; done; }
        prepare_a() { :; }; suite_a() { meets a b; count a 1 0 0; }
        prepare_b() { :; }; suite_b() { meets b a; count b 1 0 0; }
        run_suites a b; summary
        """
    assert shell(script, tmp_path).stdout.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"


def test_the_suites_of_one_lane_run_one_after_the_other(tmp_path: Path) -> None:
    script = """
        work() { echo "in $1" >>"$ARTIFACTS/order"; sleep 0.2; echo "out $1" >>"$ARTIFACTS/order"; count "$1" 1 0 0; }
        prepare_a() { :; }; suite_a() { work a; }
        prepare_b() { :; }; suite_b() { work b; }
        run_suites a b; cat "$ARTIFACTS/order"
        """
    answer = shell(script, tmp_path, BRIDGE_TEST_LANES="1")
    assert answer.stdout.splitlines()[-4:] == ["in a", "out a", "in b", "out b"]


def test_without_the_build_only_what_needs_none_runs(tmp_path: Path) -> None:
    script = """
        build_everything() { sleep 0.2; return 1; }
        prepare_static() { :; }; suite_static() { count static 3 0 0; }
        prepare_host() { :; }; suite_host() { count host 1 0 0; }
        test_suites static host
        """
    answer = shell(script, tmp_path)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == "3 passed, 1 failed, 0 skipped"
    assert "not run without the build: host" in answer.stderr


def test_every_suite_has_its_place_in_the_order(tmp_path: Path) -> None:
    answer = shell('printf "%s\n" "${SUITES[@]}"; echo -; printf "%s\n" "${START_ORDER[@]}"', tmp_path)
    suites, order = (part.split() for part in answer.stdout.split("-\n", 1))
    assert sorted(suites) == sorted(order)
    assert " ".join(suites) in " ".join(bridge("help").stdout.split())


@pytest.mark.parametrize(
    "start",
    [
        '(trap "" TERM; exec setsid sleep 300)',
        'env --ignore-environment setsid bash -c "sleep 300; :" "$TMPDIR/server.conf"',
    ],
    ids=["that ignores SIGTERM", "with an environment of its own"],
)
def test_a_suite_that_leaves_a_process_running_fails_and_the_process_is_ended(tmp_path: Path, start: str) -> None:
    script = """
        left_over() { if [ -n "$(processes_of "$1")" ]; then sleep 0.5; processes_of "$1"; fi; }
        prepare_a() { :; }; suite_a() { START & echo $! >"$ARTIFACTS/pid"; count a 5 0 0; }
        run_suites a; summary
        """.replace("START", start)
    answer = shell(script, tmp_path)
    assert answer.stdout.splitlines()[-1] == "5 passed, 1 failed, 0 skipped"
    assert "left running" in answer.stdout
    assert not is_alive(int((tmp_path / "artifacts" / "pid").read_text(encoding="ascii")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_suite_and_what_it_started(tmp_path: Path, number: signal.Signals) -> None:
    script = """
        prepare_a() { :; }; suite_a() { setsid sleep 300 & echo $! >"$ARTIFACTS/a"; wait; }
        prepare_b() { :; }; suite_b() { timeout 300 bash -c 'trap "" INT; echo $$ >"$ARTIFACTS/b"; sleep 300'; }
        export ARTIFACTS
        run_suites a b
        """
    pids = [tmp_path / "artifacts" / name for name in "ab"]
    with subprocess.Popen(program(script), env=surroundings(tmp_path), stderr=subprocess.DEVNULL) as running:
        eventually(lambda: all(path.exists() and path.read_text(encoding="ascii").endswith("\n") for path in pids))
        running.send_signal(number)
        assert running.wait(30) == 130
    assert [path.name for path in pids if is_alive(int(path.read_text(encoding="ascii")))] == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with one source file; the script of `building` plays its compiler."""
    root = tmp_path / "tree"
    for name in ("sidecar/Host/Host.cs", "contract/a.json", "Directory.Build.props"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("1", encoding="ascii")
    return root


def builds(tree: Path, tmp_path: Path) -> int:
    """Ask for the sidecar: how often it was built."""
    script = """
        dotnet() {
          if [ "$1" = --version ]; then echo 10.0; return; fi
          echo built >>"$root/builds"
          if [ -e "$root/broken" ]; then return 1; fi
          mkdir -p "$root/sidecar/Host/bin/Release/net10.0"
          printf '#!/bin/true' >"$SIDECAR"; chmod +x "$SIDECAR"; touch "$SIDECAR.dll"
        }
        touch "$root/builds"; before=$(wc -l <"$root/builds")
        build_sidecar || true
        echo $(($(wc -l <"$root/builds") - before))
        """
    return int(shell(script, tmp_path, tree).stdout)


def test_the_sidecar_is_built_only_when_something_changed(tree: Path, tmp_path: Path) -> None:
    source, sidecar = tree / "sidecar/Host/Host.cs", tree / "sidecar/Host/bin/Release/net10.0/hanatsbridge"
    changes: list[tuple[str, Callable[[], object]]] = [
        ("nothing was there", lambda: None),
        ("a file was edited", lambda: source.write_text("2", encoding="ascii")),
        ("a file was added", (tree / "sidecar/Host/New.cs").touch),
        ("a file was renamed", lambda: (tree / "sidecar/Host/New.cs").rename(tree / "sidecar/Host/Old.cs")),
        ("a file was removed", (tree / "sidecar/Host/Old.cs").unlink),
        ("a file of the contract was edited", lambda: (tree / "contract/a.json").write_text("2", encoding="ascii")),
        ("the settings were edited", lambda: (tree / "Directory.Build.props").write_text("2", encoding="ascii")),
        ("the program was removed", sidecar.unlink),
        ("a library was replaced", lambda: os.utime(f"{sidecar}.dll", (1, 1))),
    ]
    for what, change in changes:
        change()
        assert builds(tree, tmp_path) == 1, what
        assert builds(tree, tmp_path) == 0, what


def test_a_failed_build_is_repeated(tree: Path, tmp_path: Path) -> None:
    assert [builds(tree, tmp_path), builds(tree, tmp_path)] == [1, 0]
    (tree / "broken").touch()
    (tree / "sidecar/Host/Host.cs").write_text("3", encoding="ascii")
    assert [builds(tree, tmp_path), builds(tree, tmp_path)] == [1, 1]
    (tree / "broken").unlink()
    assert [builds(tree, tmp_path), builds(tree, tmp_path)] == [1, 0]


def test_counts_of_dotnet_are_read(tmp_path: Path) -> None:
    (tmp_path / "r.trx").write_text(
        '<ResultSummary><Counters total="9" executed="8" passed="7" failed="1" error="0" /></ResultSummary>'
    )
    answer = shell(f'for c in total passed failed; do trx_counter "{tmp_path}/r.trx" $c; done', tmp_path)
    assert answer.stdout.split() == ["9", "7", "1"]


def test_counts_of_node_and_pytest_are_read(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(
        '<testsuites><testsuite name="a" tests="2"><testcase name="x"/>'
        '<testcase name="y"><failure message="no"/></testcase></testsuite>'
        '<testcase name="z"><skipped/></testcase><testcase name="w"><system-out>&lt;failure</system-out></testcase></testsuites>'
    )
    answer = shell(f'count_junit j "{tmp_path}/r.xml"; cat "$ARTIFACTS/results/j.count"', tmp_path)
    assert answer.stdout.split() == ["2", "1", "1"]


def test_a_lock_lets_one_in_at_a_time_and_is_not_kept_by_what_was_started(tmp_path: Path) -> None:
    answer = shell(
        """
        work() { echo "in $1"; sleep 0.2; echo "out $1"; }
        with_lock x work 1 & with_lock x work 2 & wait
        with_lock x bash -c 'sleep 30 & echo $! >"$CACHE_FILE"'
        with_lock x echo free
        kill "$(cat "$CACHE_FILE")"
        """,
        tmp_path,
        CACHE_FILE=str(tmp_path / "pid"),
    )
    lines = answer.stdout.split("\n")
    assert [line.split()[0] for line in lines[:4]] == ["in", "out", "in", "out"]
    assert lines[4] == "free"


def test_a_failed_command_under_a_lock_fails(tmp_path: Path) -> None:
    assert shell("with_lock x false || echo failed", tmp_path).stdout == "failed\n"


def test_a_half_made_environment_is_made_again(tmp_path: Path) -> None:
    answer = shell(
        """
        uv() { if [ "$1" = venv ]; then mkdir -p "${!#}/bin"; else echo "installed"; fi; }
        mkdir -p "$CACHE/venvs/a-1/left-over"
        make_venv a "$CACHE/venvs/a-1" requirements.txt
        make_venv a "$CACHE/venvs/a-1" requirements.txt
        ls -A "$CACHE/venvs/a-1"
        """,
        tmp_path,
    )
    assert answer.stdout.split() == ["installed", ".complete", "bin"]


def test_without_root_and_sudo_it_says_once_what_to_run(tmp_path: Path) -> None:
    answer = shell('id() { echo 1000; }; have() { [ "$1" != sudo ]; }\napt_install chromium || echo failed', tmp_path)
    assert answer.stdout == "failed\n"
    assert answer.stderr.count("apt-get install --no-install-recommends chromium") == 1


@pytest.mark.parametrize(
    "sources",
    [
        {"sources.list.d/debian.sources": "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n"},
        {"sources.list": "deb [arch=amd64] http://mirror.example/debian bookworm main\n"},
        {
            "sources.list.d/o.list": "deb http://other.example/tools a main\n",
            "sources.list": "deb http://mirror.example/debian/ a main\n",
        },
    ],
    ids=["deb822", "one-line", "beside others"],
)
def test_the_archive_is_the_one_that_the_system_names(tmp_path: Path, sources: dict[str, str]) -> None:
    for name, text in sources.items():
        path = tmp_path / "apt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    answer = shell(f'APT_SOURCES="{tmp_path}/apt" archive_uri', tmp_path)
    assert answer.stdout.rstrip("/\n") == "http://mirror.example/debian"


@pytest.mark.parametrize(
    ("uris", "archive"),
    [
        (
            ["https://mirror.example/debian/security", "https://mirror.example/debian/packages"],
            "https://mirror.example/debian/packages",
        ),
        (
            ["mirror+file:///etc/apt/mirrors/debian-security.list", "mirror+file:///etc/apt/mirrors/debian.list"],
            "mirror+file:///etc/apt/mirrors/debian.list",
        ),
    ],
    ids=["a mirror with a path of its own", "a list of mirrors"],
)
def test_the_archive_of_a_clouds_image_is_found(tmp_path: Path, uris: list[str], archive: str) -> None:
    folder = tmp_path / "apt" / "sources.list.d"
    folder.mkdir(parents=True)
    (folder / "debian.sources").write_text("".join(f"Types: deb\nURIs: {uri}\nSuites: trixie\n\n" for uri in uris))
    answer = shell(f'APT_SOURCES="{tmp_path}/apt" archive_uri', tmp_path)
    assert answer.stdout.strip() == archive


def test_a_server_is_fetched_only_for_who_runs_his_own(tmp_path: Path) -> None:
    cases = {
        "run": 0,
        "run --nats nats://x": 1,
        "run --nats=nats://x": 1,
        "doctor --nats-server x": 1,
        "run --help": 1,
        "mqtt import": 1,
        "version": 1,
    }
    for arguments, code in cases.items():
        answer = shell(f"wants_own_server {arguments} && echo 0 || echo 1", tmp_path)
        assert answer.stdout.strip() == str(code), arguments
