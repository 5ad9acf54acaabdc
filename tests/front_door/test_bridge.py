"""What ./bridge promises about itself: honest counts, a cache that two runs can share, clear words."""

import os
from pathlib import Path
import subprocess
import textwrap

import pytest

ROOT = Path(__file__).parents[2]
LIBRARIES = ("common", "debian", "tools", "python", "build", "suites")


def shell(script: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script that has sourced all of ./bridge's parts, with a cache and artefacts of its own."""
    sources = "\n".join(f'source "$root/scripts/lib/{name}.sh"' for name in LIBRARIES)
    prologue = f'set -euo pipefail\nroot="{ROOT}"\n{sources}\nmkdir -p "$CACHE" "$ARTIFACTS/logs" "$ARTIFACTS/results"\n'
    surroundings = {"BRIDGE_CACHE": str(tmp_path / "cache"), "BRIDGE_ARTIFACTS": str(tmp_path / "artifacts"), "CI": ""}
    return subprocess.run(
        ["bash", "-c", prologue + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env={**os.environ, **surroundings, **environment},
    )


def bridge(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ./bridge itself."""
    return subprocess.run([ROOT / "bridge", *arguments], capture_output=True, text=True, check=False, timeout=50)


def test_help_names_every_command() -> None:
    answer = bridge("help")
    assert answer.returncode == 0
    for command in ("run", "test", "bench", "simulate", "doctor", "device", "gateway", "version", "--home-assistant"):
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
        one_suite a; one_suite b; summary
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
    answer = shell(f"{prepare}\n{body}\none_suite a; summary", tmp_path)
    assert answer.returncode == 1, why
    assert ", 1 failed, " in answer.stdout.splitlines()[-1], why


def test_a_failed_suite_shows_the_end_of_its_log(tmp_path: Path) -> None:
    answer = shell('prepare_a() { :; }; suite_a() { echo "the reason"; return 1; }\none_suite a; summary', tmp_path)
    assert "the reason" in answer.stdout


def test_a_suite_whose_counterpart_cannot_be_had_is_skipped_and_says_why(tmp_path: Path) -> None:
    script = 'prepare_a() { missing "no such thing here"; }; suite_a() { :; }\none_suite a; total_passed=1; summary'
    answer = shell(script, tmp_path)
    assert answer.returncode == 0
    assert "SKIPPED a: no such thing here" in answer.stdout
    assert answer.stdout.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"


def test_in_ci_a_skipped_suite_is_a_failure(tmp_path: Path) -> None:
    script = 'prepare_a() { missing "no such thing here"; }; suite_a() { :; }\none_suite a; total_passed=1; summary'
    answer = shell(script, tmp_path, CI="true")
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


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
        "version": 1,
    }
    for arguments, code in cases.items():
        answer = shell(f"wants_own_server {arguments} && echo 0 || echo 1", tmp_path)
        assert answer.stdout.strip() == str(code), arguments
