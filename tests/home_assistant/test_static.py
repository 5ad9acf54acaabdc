"""What can be checked without running: the facts that hassfest and the Marketplace's validation check with the network."""

from __future__ import annotations

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from PIL import Image
import pytest
import yaml

from custom_components.nats_bridge.actions import REASONS as MESSAGE_REASONS
from custom_components.nats_bridge.commands import REASONS
from custom_components.nats_bridge.const import DOMAIN, PLATFORMS
from custom_components.nats_bridge.issues import KNOWN
from support.languages import leaves

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "custom_components" / DOMAIN
LANGUAGES = sorted(path.stem for path in (FOLDER / "translations").glob("*.json"))
SOURCES = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py")}

#: Every module imports only modules to its left. Modules of one group do not import each other.
LAYERS: tuple[set[str], ...] = (
    {"const", "errors", "fields", "model", "pacer", "redaction"},
    {"hello"},
    {"client", "issues", "media", "scope", "store", "subjects", "tags", "triggers"},
    {"context", "link", "messages", "reporter", "requests"},
    {"commands", "pictures", "registrar"},
    {"entity"},
    {"population"},
    {"feed"},
    {"hub"},
    {"actions", "entries"},
    {
        "__init__",
        "condition",
        "config_flow",
        "device_trigger",
        "diagnostics",
        "logbook",
        "system_health",
        "trigger",
        *PLATFORMS,
    },
)


def _imports(module: str) -> Iterator[str]:
    """Return the integration's modules that one imports, also under TYPE_CHECKING and within functions."""
    package = f"custom_components.{DOMAIN}"
    for node in ast.walk(SOURCES[f"{module}.py"]):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = f"{package}.{node.module or ''}".rstrip(".") if node.level else str(node.module)
            # The package itself: its names may be modules.
            names = [f"{base}.{alias.name}" for alias in node.names] if base == package else [base]
        else:
            continue
        for name in names:
            if f"{name}.".startswith(f"{package}."):
                first = name.removeprefix(package).removeprefix(".").partition(".")[0]
                yield first if f"{first}.py" in SOURCES else "__init__"


def _texts(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "translations" / f"{language}.json").read_text(encoding="utf-8"))
    return found


def _calls(name: str) -> Iterator[ast.Call]:
    for tree in SOURCES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (getattr(node.func, "attr", None) or getattr(node.func, "id", None)) == name:
                yield node


def _keyword(call: ast.Call, name: str) -> Any:
    return next(
        (keyword.value.value for keyword in call.keywords if keyword.arg == name and isinstance(keyword.value, ast.Constant)),
        None,
    )


def _constants(argument: str) -> set[str]:
    """All texts that are passed somewhere as the keyword `argument`, also as the two sides of a condition."""
    found: set[str] = set()
    for tree in SOURCES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == argument:
                found |= {
                    part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found


def test_every_module_imports_only_modules_to_its_left() -> None:
    layer_of = {module: number for number, layer in enumerate(LAYERS) for module in layer}
    assert {f"{module}.py" for module in layer_of} == set(SOURCES)
    for module, number in layer_of.items():
        for imported in _imports(module):
            assert layer_of[imported] < number, f"{module} imports {imported}"


def test_the_manifest_has_its_keys_in_order() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    keys = list(manifest)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert manifest["domain"] == DOMAIN
    assert manifest["requirements"] == []
    assert (manifest["integration_type"], manifest["iot_class"], manifest["config_flow"]) == ("hub", "local_push", True)
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    for key in ("documentation", "issue_tracker"):
        assert manifest[key].startswith("https://")


def test_hacs_finds_one_integration() -> None:
    hacs = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
    assert hacs["name"] == "HaNatsBridge"
    assert hacs["homeassistant"] == "2026.10.0"
    assert [path.name for path in (ROOT / "custom_components").iterdir() if path.is_dir() and path.name != "__pycache__"] == [
        DOMAIN
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_what_home_assistant_forbids(language: str) -> None:
    for path, text in leaves(_texts(language)):
        assert text.strip() == text != "", path
        assert not re.search(r"<[a-z/]|https?://|\[%key|'{|}'", text), path
        assert path.split(".")[0] in {
            "conditions",
            "config",
            "device_automation",
            "entity",
            "exceptions",
            "issues",
            "options",
            "selector",
            "services",
            "system_health",
            "triggers",
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_error_and_abort_of_the_flow_has_a_text(language: str) -> None:
    config = _texts(language)["config"]
    flow = SOURCES["config_flow.py"]
    steps = {_keyword(call, "step_id") for name in ("async_show_form", "async_show_menu") for call in _calls(name)}
    options = _texts(language)["options"]["step"]
    assert steps == set(config["step"]) | set(options)
    confirms = {"hassio_confirm", "zeroconf_confirm", "moved", "reauth_confirm"}
    assert steps == {"user", "choose", "part", "reconfigure", "init"} | confirms
    errors = {
        node.value.value
        for node in ast.walk(flow)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.targets[0], ast.Subscript)
        and getattr(node.targets[0].value, "id", "") == "errors"
    }
    patterns = {"invalid_pattern", "overlap", "second_rest"}
    assert errors == set(config["error"])
    assert patterns == set(_texts(language)["options"]["error"])
    # The app's address is not typed: what is wrong with it ends the dialogue.
    aborts = errors - patterns - {"invalid_url"}
    reasons = (keyword.value for call in _calls("async_abort") for keyword in call.keywords if keyword.arg == "reason")
    aborts |= {str(reason.value) for reason in reasons if isinstance(reason, ast.Constant)}
    assert aborts == set(config["abort"])
    for step in [*config["step"].values(), *options.values()]:
        assert set(step.get("data", ())) == set(step.get("data_description", ()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exception_and_issue_has_a_text(language: str) -> None:
    texts = _texts(language)
    raised = _constants("translation_key") & set(texts["exceptions"])
    raised |= {"command_failed", "command_message", *(f"command_{reason}" for reason in REASONS)}
    raised |= {f"message_{reason}" for reason in MESSAGE_REASONS}
    assert raised == set(texts["exceptions"])
    named = {
        part.value
        for tree in SOURCES.values()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "")
        in {"HomeAssistantError", "ConfigEntryNotReady", "ConfigEntryError", "ConfigEntryAuthFailed"}
        for keyword in call.keywords
        if keyword.arg == "translation_key"
        for part in ast.walk(keyword.value)
        if isinstance(part, ast.Constant)
    }
    assert named <= set(texts["exceptions"])
    for reason, words in REASONS.items():
        text = texts["exceptions"][f"command_{reason}"]["message"]
        assert set(re.findall(r"{(\w+)}", text)) == {"device", *words}
    for reason, words in MESSAGE_REASONS.items():
        assert set(re.findall(r"{(\w+)}", texts["exceptions"][f"message_{reason}"]["message"])) == set(words)
    own = {
        call.args[0].value
        for name in ("raise_own", "warn_own")
        for call in _calls(name)
        if isinstance(call.args[0], ast.Constant)
    }
    assert own | set(KNOWN) | {"other", "reserved_attributes", "too_many_entities"} == set(texts["issues"])
    for key, names in KNOWN.items():
        issue = texts["issues"][key]
        assert set(re.findall(r"{(\w+)}", issue["description"])) <= {*names, "details"}
    for key, issue in texts["issues"].items():
        # A title is no Markdown, so it has placeholders of its own.
        assert all(name.startswith("plain_") for name in re.findall(r"{(\w+)}", issue["title"])), key
        assert "{plain_" not in issue["description"], key


def test_every_translated_entity_has_an_icon_and_a_text() -> None:
    icons = json.loads((FOLDER / "icons.json").read_text(encoding="utf-8"))
    texts = _texts("en")["entity"]
    assert {platform: set(keys) for platform, keys in icons["entity"].items()} == {
        platform: set(keys) for platform, keys in texts.items()
    }
    for _, icon in leaves(icons):
        assert icon.startswith("mdi:")


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_every_field_of_the_automation_editor_has_a_text_and_everything_an_icon(kind: str) -> None:
    described = yaml.safe_load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    icons = json.loads((FOLDER / "icons.json").read_text(encoding="utf-8"))[kind]
    assert icons.keys() == described.keys()
    for language in LANGUAGES:
        texts = _texts(language)[kind]
        assert texts.keys() == described.keys()
        for key, one in described.items():
            assert texts[key].keys() == {"name", "description", "fields"}
            assert texts[key]["fields"].keys() == one["fields"].keys()
            for field in texts[key]["fields"].values():
                assert field.keys() == {"name", "description"}


def test_every_line_of_system_health_has_a_text() -> None:
    shown = {
        key.value
        for node in ast.walk(SOURCES["system_health.py"])
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    assert shown == set(_texts("en")["system_health"]["info"])


def test_the_brand_images_have_the_right_sizes() -> None:
    for name, size in (("icon", 256), ("icon@2x", 512)):
        with Image.open(FOLDER / "brand" / f"{name}.png") as image:
            assert image.size == (size, size)
            assert image.mode == "RGBA"
    for name, height in (("logo", 128), ("logo@2x", 256), ("dark_logo", 128), ("dark_logo@2x", 256)):
        with Image.open(FOLDER / "brand" / f"{name}.png") as image:
            assert image.height == height


def test_nothing_that_home_assistant_is_about_to_remove_is_used() -> None:
    gone = (
        "hass.data[DOMAIN]",
        "import voluptuous",
        "via_device=",
        "default_name",
        "show_advanced_options",
        "async_get_device(",
        "hass.helpers",
    )
    for path in FOLDER.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in gone:
            assert word not in text, f"{path.name}: {word}"


def test_no_text_of_a_device_is_compiled_rendered_or_formatted() -> None:
    """Home Assistant matches patterns with a backtracking engine in its event loop. Templates and formats are programs."""
    for name, tree in SOURCES.items():
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str(module), names=names):
                    imported = {module, *(f"{module}.{alias.name}" for alias in names)}
                    assert "homeassistant.helpers.template" not in imported, name
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr="escape")):
                    pass
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[pattern, *_]):
                    # Escaped, a text matches itself alone.
                    parts = [part.value for part in ast.walk(pattern) if isinstance(part, ast.FormattedValue)]
                    assert isinstance(pattern, ast.Constant | ast.JoinedStr), f"{name}:{node.lineno}"
                    assert all(ast.unparse(part).startswith("re.escape(") for part in parts), f"{name}:{node.lineno}"
                case ast.Call(func=ast.Attribute(value=text, attr="format")):
                    assert isinstance(text, ast.Constant), f"{name}:{node.lineno}"
                case ast.Call(func=ast.Name(id="Field"), args=[ast.Constant(value=str(wire)), _, convert, *_]):
                    assert "pattern" not in wire, f"{name}:{node.lineno}"
                    # An alarm's code format is a word of an enum.
                    formats = {"code_format", "member_of(CodeFormat)"}
                    assert wire != "code_format" or ast.unparse(convert) in formats, f"{name}:{node.lineno}"
                case ast.Attribute(attr="_attr_pattern" | "_attr_code_format"):
                    pytest.fail(f"{name}:{node.lineno}")


def test_no_file_is_too_long() -> None:
    for path in FOLDER.glob("*.py"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines < 400, f"{path.name}: {lines}"
