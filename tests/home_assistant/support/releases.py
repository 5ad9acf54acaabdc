"""Loaded before all other plugins: lets the test plugin, which is made for Home Assistant 2026.10, run with 2026.11 too.

2026.11 wants to be imported before httpx, which plugins of pytest import, and has moved a name that the test plugin imports.
"""

# ruff: noqa: F401, I001
import homeassistant

# The test plugin's own first imports, which must come before all others of Home Assistant.
from pytest_homeassistant_custom_component import patch_json
from pytest_homeassistant_custom_component import patch_recorder
from pytest_homeassistant_custom_component import patch_time

from homeassistant.components import logger
from homeassistant.components.logger import helpers

if not hasattr(logger, "_clear_logger_overwrites"):
    logger._clear_logger_overwrites = helpers._clear_logger_overwrites
