"""Weather stations and weather services."""

from __future__ import annotations

from collections.abc import Mapping
import contextlib
import logging
from typing import Any, Final, Literal, cast, override

from homeassistant.components.weather import Forecast, WeatherEntity, WeatherEntityFeature
from homeassistant.components.weather.const import WeatherEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BridgeEntity
from .fields import HA_DEFAULT, Field
from .hub import NatsBridgeConfigEntry

PARALLEL_UPDATES = 0

_LOGGER = logging.getLogger(__name__)

#: Seconds between two requests for the forecasts that somebody looks at, when the state changes often.
_FORECAST_PAUSE: Final = 30.0

#: Members of a forecast with a unit: Home Assistant converts them.
_NATIVE: Final = frozenset(
    {
        "apparent_temperature",
        "dew_point",
        "precipitation",
        "pressure",
        "temperature",
        "templow",
        "wind_gust_speed",
        "wind_speed",
    }
)


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known weather entities; the hub adds later ones."""
    await entry.runtime_data.population.async_platform_ready(Platform.WEATHER, BridgeWeather, async_add_entities)


class BridgeWeather(BridgeEntity, WeatherEntity):
    """The weather. Its forecasts are asked for when somebody looks at them."""

    FEATURES = WeatherEntityFeature
    STATE_ATTRIBUTES = frozenset(
        {
            "state",
            "apparent_temperature",
            "cloud_coverage",
            "dew_point",
            "humidity",
            "ozone",
            "pressure",
            "temperature",
            "uv_index",
            "visibility",
            "wind_bearing",
            "wind_gust_speed",
            "wind_speed",
        }
    )
    RESERVED = WeatherEntityStateAttribute
    FIELDS = (
        Field("temperature_unit", "_attr_native_temperature_unit", str),
        Field("pressure_unit", "_attr_native_pressure_unit", str),
        Field("wind_speed_unit", "_attr_native_wind_speed_unit", str),
        Field("visibility_unit", "_attr_native_visibility_unit", str),
        Field("precipitation_unit", "_attr_native_precipitation_unit", str),
        Field("precision", "_attr_precision", float, HA_DEFAULT),
    )

    _push: Debouncer[Any] | None = None

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_condition = state
        self._attr_native_temperature = attributes.get("temperature")
        self._attr_native_apparent_temperature = attributes.get("apparent_temperature")
        self._attr_native_dew_point = attributes.get("dew_point")
        self._attr_humidity = attributes.get("humidity")
        self._attr_native_pressure = attributes.get("pressure")
        self._attr_wind_bearing = attributes.get("wind_bearing")
        self._attr_native_wind_speed = attributes.get("wind_speed")
        self._attr_native_wind_gust_speed = attributes.get("wind_gust_speed")
        self._attr_native_visibility = attributes.get("visibility")
        self._attr_cloud_coverage = attributes.get("cloud_coverage")
        self._attr_uv_index = attributes.get("uv_index")
        self._attr_ozone = attributes.get("ozone")

    @override
    def _on_added(self) -> None:
        # The forecasts that somebody looks at are asked for whenever the state changes.
        self._push = Debouncer(
            self.hass, _LOGGER, cooldown=_FORECAST_PAUSE, immediate=True, function=self._push_forecasts, background=True
        )
        self.async_on_remove(self._push.async_shutdown)

    @override
    def _write_state(self) -> None:
        super()._write_state()
        if self._push is not None and any(self._forecast_listeners.values()):
            self._push.async_schedule_call()

    @callback
    @override
    def _async_subscription_ended(self, forecast_type: Literal["daily", "hourly", "twice_daily"]) -> None:
        """Ask no more when nobody looks."""
        if self._push is not None and not any(self._forecast_listeners.values()):
            self._push.async_cancel()

    async def _push_forecasts(self) -> None:
        with contextlib.suppress(HomeAssistantError):
            await self.async_update_listeners(None)

    @override
    async def async_forecast_daily(self) -> list[Forecast] | None:
        """Ask the device for the forecast of the next days."""
        return await self._forecast("daily")

    @override
    async def async_forecast_hourly(self) -> list[Forecast] | None:
        """Ask the device for the forecast of the next hours."""
        return await self._forecast("hourly")

    @override
    async def async_forecast_twice_daily(self) -> list[Forecast] | None:
        """Ask the device for the forecast of the next days and nights."""
        return await self._forecast("twice_daily")

    async def _forecast(self, kind: str) -> list[Forecast] | None:
        # An action has a context, and its caller is told what failed. A page that subscribes has none: an error would end its
        # subscription, so it sees that there is no forecast until the device answers again.
        is_action = self._context is not None
        if not is_action and not self.available:
            return None
        try:
            found = await self._ask("forecast", "get_forecasts", type=kind)
        except HomeAssistantError:
            if is_action:
                raise
            return None
        finally:
            self._context = None
        # Home Assistant needs to know which half of a day it is.
        return [_native(one) for one in found if kind != "twice_daily" or isinstance(one.get("is_daytime"), bool)]


def _native(one: dict[str, Any]) -> Forecast:
    return cast(Forecast, {f"native_{name}" if name in _NATIVE else name: value for name, value in one.items()})
