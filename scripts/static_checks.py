"""What can be checked without running anything: scripts, Python, data files, containers, links. Part of ./bridge test static."""

import argparse
from collections.abc import Callable, Iterator
import json
import os
from pathlib import Path
import re
import subprocess
import sys
from typing import Any
import xml.etree.ElementTree as ET

import yaml  # type: ignore[import-untyped]

LINE_LENGTH = 130
# Folders that still have longer lines.
_HOST_FOLDERS = (
    "Admin Availability Changes Cli Commands ConfiguredDevices Connections DataFolder Embedded Fleet ForeignSubjects "
    "HomeAssistant HttpDevices Leadership Link MqttBridge Registry Repairs RestGateway Settings Simulation State Storage "
    "Webhooks Zeroconf"
)
LONG_LINES_ALLOWED = (*(f"sidecar/Host/{folder}/" for folder in _HOST_FOLDERS.split()), "tests/Host.Tests/", "app/")
INTEGRATION = "custom_components/nats_bridge"
# What mypy checks in one run. Two suites have a conftest.py and a package `support` each, so they cannot share one.
PROGRAMS = {"tests/end_to_end": ["scripts", "tests/front_door"], "tests/attack": ["scripts"]}
PYTHON = ["scripts", "tests/front_door", *PROGRAMS, "custom_components", "tests/home_assistant", "bench", "contract/tools"]


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Plain YAML, with the tags that Home Assistant's and GitHub's files may carry taken as text."""


_Loader.add_multi_constructor("!", lambda _loader, suffix, node: str(getattr(node, "value", suffix)))


def tracked(*patterns: str) -> list[Path]:
    """The files under version control, and new ones that are not ignored, that match one of the patterns."""
    answer = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        capture_output=True,
        check=True,
        text=True,
    )
    return [path for name in answer.stdout.split("\0") if name and (path := Path(name)).is_file()]


def run(*command: str | Path) -> Iterator[str]:
    """A complaint if the command fails: its output."""
    answer = subprocess.run([str(part) for part in command], capture_output=True, check=False, text=True)
    if answer.returncode:
        yield (answer.stdout + answer.stderr).strip()


def shell_files() -> list[Path]:
    """Every shell script, also those without the suffix."""
    named = tracked("*.sh")
    return named + [
        p
        for p in tracked("bridge", ".ci/run", "bench/run", "app")
        if p not in named and p.read_bytes()[:40].startswith((b"#!/usr/bin/env bash", b"#!/bin/bash", b"#!/bin/sh"))
    ]


def shell_syntax() -> Iterator[str]:
    """bash can read every script."""
    for path in shell_files():
        yield from run("bash", "-n", path)


def shellcheck() -> Iterator[str]:
    """shellcheck finds nothing."""
    yield from run("shellcheck", "--external-sources", *shell_files())


def line_length() -> Iterator[str]:
    """No line is longer than 130 columns, except in generated files."""
    files = {*shell_files(), *tracked("*.cs", "*.py")}
    for path in sorted(files):
        if path.as_posix().startswith(LONG_LINES_ALLOWED) or "Generated" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if len(line) > LINE_LENGTH:
                yield f"{path}:{number}: {len(line)} columns; at most {LINE_LENGTH} are allowed"


def markdown_line_length() -> Iterator[str]:
    """No line of Markdown is longer than 130 columns, except in tables."""
    for path in tracked("*.md"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if len(line) > LINE_LENGTH and not line.startswith("|"):
                yield f"{path}:{number}: {len(line)} columns; at most {LINE_LENGTH} are allowed"


def executable_scripts() -> Iterator[str]:
    """What is started by its name can be."""
    for path in tracked("bridge", ".ci/run", "bench/run"):
        if not path.stat().st_mode & 0o100:
            yield f"{path} is not executable"


def yaml_parses() -> Iterator[str]:
    """Every YAML file can be read."""
    for path in tracked("*.yaml", "*.yml"):
        try:
            list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=_Loader))
        except yaml.YAMLError as error:
            yield f"{path}: {error}"


def json_parses() -> Iterator[str]:
    """Every JSON file can be read; fixtures of bad input live under folders named `invalid` or `malformed`."""
    for path in tracked("*.json"):
        if {"invalid", "malformed", "hostile"} & set(path.parts):
            continue
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            yield f"{path}: {error}"


def xml_parses() -> Iterator[str]:
    """Every project file can be read."""
    for path in tracked("*.csproj", "*.props", "*.targets"):
        try:
            ET.parse(path)
        except ET.ParseError as error:
            yield f"{path}: {error}"


def compose() -> Iterator[str]:
    """docker-compose.yml: images with a version or a build, existing dependencies, declared volumes."""
    path = Path("docker-compose.yml")
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    services: dict[str, dict[str, Any]] = document["services"]
    for name, service in services.items():
        if ("image" in service) == ("build" in service):
            yield f"{name}: exactly one of image and build"
        image = str(service.get("image", "x:1"))
        if ":" not in image.rsplit("/", 1)[-1] or image.endswith(":latest"):
            yield f"{name}: image {image} names no version"
        for other in service.get("depends_on", {}):
            if other not in services:
                yield f"{name}: depends on unknown {other}"
        for volume in service.get("volumes", []):
            source = str(volume).split(":", 1)[0]
            if not source.startswith((".", "/")) and source not in document.get("volumes", {}):
                yield f"{name}: volume {source} is not declared"
            if source.startswith("./") and not Path(source).exists():
                yield f"{name}: {source} does not exist"
        build = service.get("build")
        if isinstance(build, dict) and not (Path(build.get("context", ".")) / build.get("dockerfile", "Dockerfile")).is_file():
            yield f"{name}: its Dockerfile does not exist"


def compose_rights() -> Iterator[str]:
    """docker-compose.yml: no service gains privileges; ours have no capabilities and a read-only image."""
    document = yaml.load(Path("docker-compose.yml").read_text(encoding="utf-8"), Loader=_Loader)
    for name, service in document["services"].items():
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name}: security_opt without no-new-privileges:true"
        if "build" in service and (service.get("cap_drop") != ["ALL"] or not service.get("read_only")):
            yield f"{name}: an image of ours without cap_drop: [ALL] and read_only: true"


def dockerfiles() -> Iterator[str]:
    """Every image is built from a version, copies what exists, and starts its program in exec form."""
    for path in tracked("*Dockerfile"):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        stages: set[str] = set()
        for line in text.splitlines():
            word, _, rest = line.strip().partition(" ")
            match word.upper():
                case "FROM":
                    source = [part for part in rest.split() if not part.startswith("--")]
                    if ":" not in source[0] and "$" not in source[0] and source[0] not in stages | {"scratch"}:
                        yield f"{path}: FROM {source[0]} names no version"
                    if len(source) == 3:
                        stages.add(source[2])
                case "CMD" | "ENTRYPOINT" if not rest.strip().startswith("["):
                    yield f"{path}: {word} is not in exec form"
                case "RUN" if "apt-get install" in rest and (
                    "--no-install-recommends" not in rest or "/var/lib/apt/lists" not in rest
                ):
                    yield f"{path}: apt-get install without --no-install-recommends or without clearing the lists"
                case "ADD":
                    yield f"{path}: ADD, where COPY says what it does"


def image_users() -> Iterator[str]:
    """Every image runs as a user of its own; the app's starts a script that becomes one, because its folders are root's."""
    for path in tracked("*Dockerfile"):
        last_stage = path.read_text(encoding="utf-8").rpartition("\nFROM ")[2]
        user = re.findall(r"^USER (\S+)", last_stage, re.MULTILINE)
        if path.parts[0] != "app" and (not user or user[-1] in {"root", "0"}):
            yield f"{path}: runs as root"


def supervisor_app() -> Iterator[str]:
    """app/config.yaml has what the Supervisor demands, and a text for every option."""
    config = yaml.safe_load(Path("app/config.yaml").read_text(encoding="utf-8"))
    for key in ("name", "version", "slug", "description", "arch"):
        if not config.get(key):
            yield f"app/config.yaml: {key} is missing"
    options, schema = set(config.get("options", {})), set(config.get("schema", {}))
    if not options <= schema:
        yield f"app/config.yaml: options without a schema: {sorted(options - schema)}"
    for path in Path("app/translations").glob("*.yaml"):
        texts = yaml.safe_load(path.read_text(encoding="utf-8")).get("configuration", {})
        if set(texts) != schema:
            yield f"{path}: texts {sorted(texts)} for options {sorted(schema)}"
    yield from app_without_rights(config)
    if config.get("version") != project_version():
        yield f"app/config.yaml: version {config.get('version')} is not the project's {project_version()}"


def app_without_rights(config: dict[str, Any]) -> Iterator[str]:
    """The app asks for no right over the host, has a profile, and its program drops what rights it has."""
    asked = {"privileged", "full_access", "docker_api", "host_network", "host_pid", "host_uts", "host_ipc", "kernel_modules"}
    for key in asked & set(config):
        yield f"app/config.yaml: asks for {key}"
    if config.get("apparmor") is not True:
        yield "app/config.yaml: apparmor is not true"
    # The Supervisor renames the one profile that begins a line.
    profiles = re.findall(r"^profile (\S+) ", Path("app/apparmor.txt").read_text(encoding="utf-8"), re.MULTILINE)
    if profiles != [config["slug"]]:
        yield f"app/apparmor.txt: profiles {profiles}, not the slug {config['slug']}"
    last = Path("app/run.sh").read_text(encoding="utf-8").rstrip().rpartition("\n")[2]
    program = Path("app/hanatsbridge.sh").read_text(encoding="utf-8")
    if last != "exec hanatsbridge run" or not all(
        word in program for word in ("setpriv", "--reuid=hanatsbridge", "--no-new-privs", "--bounding-set=-all")
    ):
        yield "app: the sidecar is not started as its own user without capabilities"


def project_version() -> str:
    """The one version, in Directory.Build.props."""
    found = ET.parse("Directory.Build.props").getroot().findtext(".//Version")
    return str(found)


def integration_version() -> Iterator[str]:
    """The integration carries the project's version."""
    manifest = json.loads(Path(INTEGRATION, "manifest.json").read_text(encoding="utf-8"))
    if manifest["version"] != project_version():
        yield f"manifest.json: version {manifest['version']} is not the project's {project_version()}"


def links() -> Iterator[str]:
    """A relative link of a page leads to a file, and to a heading in it."""
    for path in tracked("*.md"):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z][a-z+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            page = path.parent / name if name else path
            if not page.exists() or (anchor and anchor not in anchors(page)):
                yield f"{path}: {target} does not exist"


def references() -> Iterator[str]:
    """A reference in a comment or a page, like docs/devices.md, "State", leads to a heading of that page."""
    for path in tracked("*.cs", "*.py", "*.mjs", "*.sh", "*.md"):
        text = re.sub(r"\n\s*(?:///?|#|\*)?\s*", " ", path.read_text(encoding="utf-8"))
        for name, heading in re.findall(r"([\w./-]+\.md), \"([^\"]+)\"", text):
            page = next((place for place in (Path(name), path.parent / name) if place.exists()), None)
            if page is None or not any(found.startswith(heading) for found in headings(page)):
                yield f'{path}: {name}, "{heading}" does not exist'


def headings(page: Path) -> list[str]:
    """The headings of a page."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"^#+ (.*)$", text, re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(page)}


def ruff() -> Iterator[str]:
    """ruff finds nothing in the project's own Python."""
    yield from run("ruff", "check", "--no-cache", *PYTHON)


def ruff_format() -> Iterator[str]:
    """The project's own Python is formatted."""
    yield from run("ruff", "format", "--no-cache", "--check", *PYTHON)


def mypy() -> Iterator[str]:
    """mypy, strict, finds nothing in scripts and tests."""
    for suite, others in PROGRAMS.items():
        os.environ["MYPYPATH"] = f"scripts:{suite}"
        yield from run("mypy", "--strict", suite, *others)


def mypy_integration() -> Iterator[str]:
    """mypy, strict, with Home Assistant's own types, finds nothing in the integration."""
    os.environ["MYPYPATH"] = "."
    yield from run("mypy", "--strict", INTEGRATION)


CHECKS: list[Callable[[], Iterator[str]]] = [
    shell_syntax,
    shellcheck,
    executable_scripts,
    line_length,
    markdown_line_length,
    yaml_parses,
    json_parses,
    xml_parses,
    compose,
    compose_rights,
    dockerfiles,
    image_users,
    supervisor_app,
    integration_version,
    links,
    references,
    ruff,
    ruff_format,
    mypy,
    mypy_integration,
]


def main() -> int:
    """Run all checks; write `passed failed skipped` to the file of --count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=Path)
    arguments = parser.parse_args()
    failed = 0
    for check in CHECKS:
        try:
            complaints = list(check())
        except (OSError, ValueError, KeyError, AttributeError, yaml.YAMLError) as error:
            complaints = [f"{type(error).__name__}: {error}"]
        print(f"{'FAILED' if complaints else 'passed'}  {check.__name__}: {check.__doc__}")
        for complaint in complaints:
            print("    " + complaint.replace("\n", "\n    "))
        failed += bool(complaints)
    if arguments.count:
        arguments.count.write_text(f"{len(CHECKS) - failed} {failed} 0\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
