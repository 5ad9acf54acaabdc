"""What a person does in an entity's dialog, for each platform that can be operated."""

from typing import Any

type Step = tuple[str, dict[str, Any]]

_DIALOG = "ha-more-info-dialog "


def _click(selector: str, within: str = _DIALOG) -> Step:
    return "click", {"selector": within + selector}


def _fill(selector: str, text: str) -> Step:
    return "fill", {"selector": _DIALOG + selector, "text": text}


#: The second button below the dial.
_MORE = [_click("ha-outlined-icon-button >> nth=1")]
_TOGGLE = [_click("ha-control-switch")]
_ENTER: Step = ("press", {"key": "Enter"})
_TAB: Step = ("press", {"key": "Tab"})

#: By platform: the steps, and the action that the device must get.
OPERATIONS: dict[str, tuple[list[Step], str]] = {
    "alarm_control_panel": ([_click('ha-control-select [aria-label="Away"]')], "alarm_arm_away"),
    "button": ([_click("ha-control-button")], "press"),
    "climate": (_MORE, "set_temperature"),
    "cover": ([_click('[aria-label="Set position to 75%"]')], "set_cover_position"),
    "date": (
        [
            _click("ha-date-input ha-input"),
            _click('ha-dialog-date-picker >> text="15"', ""),
            _click("ha-dialog-date-picker [slot=primaryAction]", ""),
        ],
        "set_value",
    ),
    "datetime": ([_fill("#hour input", "11"), _TAB], "set_value"),
    "fan": ([_click("ha-control-select [role=radio]")], "set_percentage"),
    "humidifier": (_MORE, "set_humidity"),
    "lawn_mower": ([_click('[aria-label="Start mowing"]')], "start_mowing"),
    "light": ([_click('[aria-label="Toggle"]')], "turn_off"),
    "lock": ([*_TOGGLE, ("fill", {"selector": "dialog-enter-code input", "text": "1234"}), _ENTER], "unlock"),
    "media_player": ([_click('[aria-label="Pause"]')], "media_pause"),
    "number": ([_click("ha-slider"), ("press", {"key": "ArrowRight"})], "set_value"),
    "remote": ([_click("ha-switch")], "turn_on"),
    "scene": ([_click("ha-button >> text=Activate")], "turn_on"),
    "select": ([_click("ha-control-select-menu"), _click("ha-dropdown-item >> nth=-1")], "select_option"),
    "siren": (_TOGGLE, "turn_on"),
    "switch": (_TOGGLE, "turn_on"),
    "text": ([_fill("input", "Good morning"), _ENTER], "set_value"),
    "time": ([_fill("#hour input", "11"), _TAB], "set_value"),
    "update": ([_click("ha-button >> text=Update")], "install"),
    "vacuum": ([_click('[aria-label="Start"]')], "start"),
    "valve": ([_click('[aria-label="Set position to 75%"]')], "set_valve_position"),
    "water_heater": (_MORE, "set_temperature"),
    # The dialog asks by itself.
    "weather": ([], "get_forecasts"),
}
