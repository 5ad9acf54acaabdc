"""Home Assistant's quality scale: each of its rules, and the test that shows that the integration follows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
import importlib
import inspect
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.exceptions import HomeAssistantError
from homeassistant.generated.languages import LANGUAGES
import probatio
import pytest
import yaml

from custom_components.nats_bridge import actions, condition, config_flow, trigger
from custom_components.nats_bridge.const import DOMAIN, PLATFORMS
from support.languages import gaps

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "custom_components" / DOMAIN
MODULES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py")}
PAGE = (ROOT / "docs" / "home-assistant.md").read_text(encoding="utf-8")
ENGLISH = json.loads((FOLDER / "translations" / "en.json").read_text(encoding="utf-8"))

#: Rule → its tests, as `file::test`. The coverage is measured by ./bridge test home_assistant.
PROVEN_BY: dict[str, list[str]] = {
    # Bronze
    "action-setup": ["test_quality_scale::test_actions_exist_before_and_without_an_entry"],
    "appropriate-polling": ["test_quality_scale::test_nothing_is_polled"],
    "brands": ["test_static::test_the_brand_images_have_the_right_sizes"],
    "common-modules": ["test_quality_scale::test_every_entity_has_the_common_base"],
    "config-flow": [
        "test_config_flow::test_url_and_token_make_an_entry",
        "test_quality_scale::test_every_field_of_a_form_is_described",
    ],
    "config-flow-test-coverage": [
        "test_config_flow::test_each_error_is_shown_and_can_be_corrected",
        "test_config_flow::test_an_unexpected_error_is_shown_and_logged",
        "test_zeroconf::test_a_discovered_sidecar_needs_only_its_token",
    ],
    "dependency-transparency": ["test_static::test_the_manifest_has_its_keys_in_order"],
    "docs-actions": ["test_quality_scale::test_the_page_names_everything_of_the_automation_editor"],
    "docs-conditions": ["test_quality_scale::test_the_page_names_everything_of_the_automation_editor"],
    "docs-high-level-description": ["test_quality_scale::test_the_page_has_what_each_rule_asks_for"],
    "docs-installation-instructions": ["test_quality_scale::test_the_page_has_what_each_rule_asks_for"],
    "docs-removal-instructions": ["test_quality_scale::test_the_page_has_what_each_rule_asks_for"],
    "docs-triggers": ["test_quality_scale::test_the_page_names_everything_of_the_automation_editor"],
    "entity-event-setup": [
        "test_events::test_a_reload_neither_loses_nor_repeats_an_event",
        "test_setup::test_unloading_ends_the_connection_and_leaves_the_entities_registered",
    ],
    "entity-unique-id": ["test_quality_scale::test_every_entity_has_the_common_base"],
    "has-entity-name": ["test_quality_scale::test_every_entity_has_the_common_base"],
    "runtime-data": ["test_quality_scale::test_entries_are_typed_and_their_data_is_in_runtime_data"],
    "test-before-configure": ["test_config_flow::test_an_unreachable_url_is_an_error"],
    "test-before-setup": [
        "test_setup::test_without_stored_descriptions_an_unreachable_sidecar_is_tried_again",
        "test_setup::test_a_wrong_token_asks_for_the_right_one",
        "test_setup::test_an_unsupported_version_is_an_error_and_a_repair",
    ],
    "unique-config-entry": [
        "test_config_flow::test_adding_a_home_again_updates_its_entry_and_offers_a_further_one",
        "test_zeroconf::test_a_sidecar_that_was_added_while_the_form_was_open_is_not_added_again",
        "test_entries::test_an_overlap_is_refused_and_names_the_other_entry",
    ],
    # Silver
    "action-exceptions": [
        "test_messages::test_a_failed_action_says_why",
        "test_commands::test_a_wrong_parameter_is_a_validation_error",
    ],
    "config-entry-unloading": [
        "test_setup::test_unloading_ends_the_connection_and_leaves_the_entities_registered",
        "test_setup::test_after_a_failed_unload_the_entry_continues",
    ],
    "docs-configuration-parameters": ["test_quality_scale::test_the_page_names_every_field_of_the_forms"],
    "docs-installation-parameters": ["test_quality_scale::test_the_page_names_every_field_of_the_forms"],
    "entity-unavailable": ["test_availability::test_a_long_interruption_makes_everything_unavailable_and_is_logged_once"],
    "integration-owner": ["test_static::test_the_manifest_has_its_keys_in_order"],
    "log-when-unavailable": [
        "test_availability::test_a_long_interruption_makes_everything_unavailable_and_is_logged_once",
        "test_availability::test_a_sidecar_that_is_unreachable_at_the_start_is_logged_once_and_its_return_too",
    ],
    "parallel-updates": ["test_quality_scale::test_every_platform_sets_parallel_updates"],
    "reauthentication-flow": ["test_config_flow::test_reauthentication_asks_for_the_token_alone"],
    "test-coverage": ["test_quality_scale::test_the_coverage_is_measured"],
    # Gold
    "devices": ["test_setup::test_devices_have_the_fields_of_their_announcement"],
    "diagnostics": ["test_extras::test_diagnostics_contain_no_secret"],
    "discovery": [
        "test_config_flow::test_the_app_is_discovered_and_only_confirmed",
        "test_zeroconf::test_home_assistant_listens_for_the_sidecar",
    ],
    "discovery-update-info": [
        "test_config_flow::test_a_discovery_updates_the_address_of_an_entry",
        "test_zeroconf::test_a_sidecar_that_moved_gets_the_token_only_after_a_person_confirms",
    ],
    "docs-data-update": ["test_quality_scale::test_the_page_has_what_each_rule_asks_for"],
    "docs-examples": ["test_messages::test_the_automations_of_the_page_work_as_they_are"],
    "docs-known-limitations": ["test_quality_scale::test_the_page_has_what_each_rule_asks_for"],
    "docs-supported-devices": ["test_quality_scale::test_the_page_has_what_each_rule_asks_for"],
    "docs-supported-functions": ["test_quality_scale::test_the_page_names_every_platform"],
    "docs-troubleshooting": ["test_quality_scale::test_the_page_has_what_each_rule_asks_for"],
    "docs-use-cases": ["test_quality_scale::test_the_page_has_what_each_rule_asks_for"],
    "dynamic-devices": ["test_devices::test_a_device_of_a_new_platform_is_added"],
    "entity-category": ["test_life::test_gateways_children_areas_and_every_common_field_are_seen_in_home_assistant"],
    "entity-device-class": ["test_every_platform::test_a_state_is_shown"],
    "entity-disabled-by-default": ["test_setup::test_a_disabled_entity_is_registered_and_shown_after_it_is_enabled"],
    "entity-translations": ["test_static::test_every_translated_entity_has_an_icon_and_a_text"],
    "exception-translations": [
        "test_quality_scale::test_every_exception_of_home_assistant_is_translated",
        "test_static::test_every_exception_and_issue_has_a_text",
    ],
    "icon-translations": [
        "test_static::test_every_translated_entity_has_an_icon_and_a_text",
        "test_static::test_every_field_of_the_automation_editor_has_a_text_and_everything_an_icon",
    ],
    "reconfiguration-flow": ["test_config_flow::test_reconfiguration_moves_the_entry"],
    "repair-issues": ["test_extras::test_issues_of_the_sidecar_become_repairs_and_are_cleared"],
    "stale-devices": [
        "test_missing_devices::test_a_tombstone_removes_at_the_start_what_was_removed_while_home_assistant_was_down",
        "test_deleting::test_a_device_is_deleted_and_forgotten",
    ],
    # Platinum
    "async-dependency": ["test_static::test_the_manifest_has_its_keys_in_order"],
    "inject-websession": ["test_quality_scale::test_only_home_assistants_session_is_used"],
    "strict-typing": ["test_quality_scale::test_entries_are_typed_and_their_data_is_in_runtime_data"],
}
EXEMPT = {"appropriate-polling", "async-dependency", "dependency-transparency"}

#: Rule → the section of the page.
SECTIONS = {
    "docs-high-level-description": "",
    "docs-installation-instructions": "Install",
    "docs-installation-parameters": "Install",
    "docs-configuration-parameters": "Options",
    "docs-removal-instructions": "Remove",
    "docs-actions": "Actions",
    "docs-triggers": "Triggers",
    "docs-conditions": "Conditions",
    "docs-data-update": "How updates arrive",
    "docs-examples": "Triggers",
    "docs-known-limitations": "Known limitations",
    "docs-supported-devices": "Supported devices",
    "docs-supported-functions": "Supported functions",
    "docs-troubleshooting": "Troubleshooting",
    "docs-use-cases": "Use cases",
}


def section(title: str) -> str:
    """Return the text below a heading of the page, without that of the next one; without a title: the beginning."""
    found = re.search(rf"^##+ {title}\n(.*?)(?=^##|\Z)" if title else r"\A# .*?\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/home-assistant.md has no section {title}"
    return found[1]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return all functions of a module."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_rule_is_followed_and_proven() -> None:
    rules = yaml.safe_load((FOLDER / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
    assert len(rules) == 54
    assert rules.keys() == PROVEN_BY.keys()
    exempt = {name for name, rule in rules.items() if isinstance(rule, dict) and rule["status"] == "exempt"}
    assert exempt == EXEMPT
    for name, rule in rules.items():
        if isinstance(rule, str):
            assert rule == "done", name
        else:
            assert rule["status"] in {"done", "exempt"}, name
            assert rule["comment"], name


def test_every_proof_exists() -> None:
    here = Path(__file__).parent
    for rule, proofs in PROVEN_BY.items():
        assert proofs, rule
        for proof in proofs:
            module, name = proof.split("::")
            tree = ast.parse((here / f"{module}.py").read_text(encoding="utf-8"))
            assert name in {function.name for function in functions(tree)}, f"{rule}: {proof}"


# Documentation


def test_the_page_has_what_each_rule_asks_for() -> None:
    assert SECTIONS.keys() == {rule for rule in PROVEN_BY if rule.startswith("docs-")}
    for rule, title in SECTIONS.items():
        assert len(section(title).split()) >= 20, rule
    for title in ("Actions", "Triggers", "Conditions"):
        assert "```yaml" in section(title), title


def test_the_page_names_every_field_of_the_forms() -> None:
    for rule, fields in (
        ("docs-installation-parameters", ENGLISH["config"]["step"]["user"]["data"]),
        ("docs-configuration-parameters", ENGLISH["options"]["step"]["init"]["data"]),
    ):
        for label in fields.values():
            assert f"| {label} |" in section(SECTIONS[rule]), label


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_the_page_names_everything_of_the_automation_editor(kind: str) -> None:
    text = section("Actions" if kind == "services" else kind.capitalize())
    for name, one in yaml.safe_load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8")).items():
        assert f"`{DOMAIN}.{name}`" in text
        for field in one["fields"]:
            assert f"`{field}`" in text, f"{name}.{field}"


def test_the_page_names_every_platform() -> None:
    text = section("Supported functions").lower()
    for platform in PLATFORMS:
        assert {"todo": "to-do list"}.get(platform, platform.replace("_", " ")) in text, platform


# Forms and actions


def _keys(schema: probatio.Schema) -> dict[str, bool]:
    """Return the fields of a schema, and whether they are required."""
    fields = schema.schema
    inner = next((value for key, value in fields.items() if key == "options"), fields)
    return {str(key): isinstance(key, probatio.Required) for key in inner}


@pytest.mark.parametrize(
    ("kind", "name", "schema"),
    [
        ("services", "publish", actions._PUBLISH_SCHEMA),
        ("services", "request", actions._REQUEST_SCHEMA),
        ("triggers", "message_received", trigger._SCHEMA),
        ("conditions", "last_message", condition._SCHEMA),
    ],
)
def test_what_the_editor_offers_is_what_the_schema_takes(kind: str, name: str, schema: probatio.Schema) -> None:
    described = yaml.safe_load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    offered = {field: one.get("required", False) for field, one in described[name]["fields"].items()}
    assert offered == _keys(schema)


def test_every_field_of_a_form_is_described() -> None:
    both, token, part = (set(_keys(schema)) for schema in (config_flow._BOTH, config_flow._TOKEN, config_flow._PART))
    fields = {
        "user": both,
        "choose": set[str](),
        "part": part,
        "hassio_confirm": set[str](),
        "zeroconf_confirm": token,
        "moved": set[str](),
        "reauth_confirm": token,
        "reconfigure": both,
    }
    assert {step: set(texts.get("data", ())) for step, texts in ENGLISH["config"]["step"].items()} == fields
    assert set(ENGLISH["options"]["step"]["init"]["data"]) == part | set(_keys(config_flow._OPTIONS))


def test_actions_exist_before_and_without_an_entry() -> None:
    set_up = next(function for function in functions(MODULES["__init__"]) if function.name == "async_setup")
    assert "async_setup_actions(hass)" in ast.unparse(set_up)
    registered = {
        name
        for name, tree in MODULES.items()
        if re.search(r"async_register(_admin_service|\()", ast.unparse(tree).replace("ha_", ""))
    }
    assert registered - {"system_health"} == {"actions"}


# Code


def test_every_platform_sets_parallel_updates() -> None:
    for platform in PLATFORMS:
        assert importlib.import_module(f"custom_components.{DOMAIN}.{platform}").PARALLEL_UPDATES == 0, platform


def test_every_entity_has_the_common_base() -> None:
    from custom_components.nats_bridge.entity import BridgeEntity

    base = inspect.getsource(BridgeEntity)
    assert "_attr_has_entity_name = True" in base
    assert "self._attr_unique_id = " in base
    for platform in PLATFORMS:
        module = importlib.import_module(f"custom_components.{DOMAIN}.{platform}")
        ours = [
            one
            for _, one in inspect.getmembers(module, inspect.isclass)
            if one.__module__ == module.__name__ and issubclass(one, BridgeEntity)
        ]
        assert ours, platform
        for name in ("_attr_unique_id", "_attr_has_entity_name"):
            assert name not in inspect.getsource(module), platform


def test_nothing_is_polled() -> None:
    from custom_components.nats_bridge.entity import BridgeEntity

    assert "_attr_should_poll = False" in inspect.getsource(BridgeEntity)
    for name, tree in MODULES.items():
        text = ast.unparse(tree)
        for word in ("SCAN_INTERVAL", "should_poll = True", "DataUpdateCoordinator", "async_track_time_interval"):
            assert word not in text, f"{name}: {word}"


def test_only_home_assistants_session_is_used() -> None:
    for name, tree in MODULES.items():
        made = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and "ClientSession" in ast.unparse(node.func)]
        assert made == [], name
        assert not re.search(r"^(import|from) (requests|httpx|urllib3|websockets)\b", ast.unparse(tree), re.MULTILINE), name


def test_entries_are_typed_and_their_data_is_in_runtime_data() -> None:
    hooks = re.compile(
        r"async_(setup_entry|unload_entry|remove_entry|remove_config_entry_device|get_\w+_diagnostics|get_options_flow)"
    )
    found = 0
    for name, tree in MODULES.items():
        assert f"hass.data[{DOMAIN}" not in ast.unparse(tree), name
        for function in functions(tree):
            if hooks.fullmatch(function.name):
                found += 1
                entry = next(one for one in function.args.args if one.arg in {"entry", "config_entry"})
                assert entry.annotation is not None
                assert ast.unparse(entry.annotation) == "NatsBridgeConfigEntry", f"{name}.{function.name}"
    assert found >= len(PLATFORMS) + 6


def _is_error(module: Any, name: str) -> bool:
    one = getattr(module, name, None)
    return isinstance(one, type) and issubclass(one, HomeAssistantError)


def test_every_exception_of_home_assistant_is_translated() -> None:
    """Whatever is raised has a key of a text; `error(…)` in media_player is one of two such classes."""
    found = 0
    for name, tree in MODULES.items():
        module = importlib.import_module(
            f"custom_components.{DOMAIN}.{name}" if name != "__init__" else f"custom_components.{DOMAIN}"
        )
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if not isinstance(call.func, ast.Name | ast.IfExp):
                continue
            names = {part.id for part in ast.walk(call.func) if isinstance(part, ast.Name)}
            if any(_is_error(module, one) for one in names) or names == {"error"}:
                found += 1
                given = {keyword.arg for keyword in call.keywords}
                assert {"translation_domain", "translation_key"} <= given, f"{name}:{call.lineno}"
                assert call.args == [], f"{name}:{call.lineno}"
    assert found >= 20


def test_the_coverage_is_measured() -> None:
    """./bridge test home_assistant fails below this."""
    suites = (ROOT / "scripts" / "lib" / "suites.sh").read_text(encoding="utf-8")
    asked = re.search(r"--cov-fail-under=(\d+)", suites)
    assert asked is not None
    assert int(asked[1]) >= 97


# Languages


def test_english_and_german_are_there() -> None:
    assert {"de", "en"} <= {path.stem for path in (FOLDER / "translations").glob("*.json")}


@pytest.mark.parametrize("path", sorted((FOLDER / "translations").glob("*.json")), ids=lambda path: path.stem)
def test_a_language_has_every_text(path: Path) -> None:
    """What a new language needs: a file here, named as Home Assistant names the language, and one for the app."""
    assert path.stem in LANGUAGES
    assert gaps(ENGLISH, json.loads(path.read_text(encoding="utf-8"))) == []
    app = ROOT / "app" / "translations"
    assert (app / f"{path.stem}.yaml").is_file(), f"app/translations/{path.stem}.yaml is missing"
    english, texts = (yaml.safe_load((app / f"{name}.yaml").read_text(encoding="utf-8")) for name in ("en", path.stem))
    assert gaps(english, texts) == []


def test_what_a_language_lacks_is_named() -> None:
    english = {"a": {"b": "one {x}", "c": "two"}, "d": "three"}
    assert gaps(english, {"a": {"b": "eins {x}", "c": "zwei"}, "d": "drei"}) == []
    assert gaps(english, {"a": {"b": "eins {y}"}, "d": "", "e": "vier"}) == [
        "a.b: the placeholders are {x}",
        "a.c is missing: two",
        "d is empty",
        "e is no text of the integration",
    ]
