"""The base of all entities: a description, a state from the sidecar, and commands to the device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import contextlib
from enum import IntFlag, StrEnum
import logging
from typing import Any, ClassVar, Final

from homeassistant.const import EntityCapabilityAttribute, EntityCategory, EntityStateAttribute
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity

from .commands import async_send_command
from .const import DOMAIN, EVENT_ACTION_FAILED
from .context import HomeContext
from .fields import HA_DEFAULT, Field, features_of, member_of
from .model import Description, Device
from .redaction import is_secret_entity, redact_state, redact_text

_LOGGER = logging.getLogger(__name__)

#: The diagnostic sensors of health reports. They have translated names and icons (docs/devices.md, "State").
_HEALTH = frozenset({"health_battery", "health_free_heap", "health_rssi", "health_uptime_s"})

#: As a parameter of a command: null. None stands for a parameter that is left out.
NULL: Final = object()

_NO_ATTRIBUTES: dict[str, Any] = {}
_NO_VALUE = object()

#: Attributes that Home Assistant sets for every entity. A position it leaves to those that have one.
#: Home Assistant's page takes `entity_id` for a list of members, which it shows in the entity's dialog.
_RESERVED: frozenset[str] = frozenset([*EntityCapabilityAttribute, *EntityStateAttribute, "entity_id"]) - {
    "latitude",
    "longitude",
}


class BridgeEntity(Entity):
    """An entity of a device.

    The class of a platform maps a description (`FIELDS`, `_on_description`) and a state (`_on_state`) to `_attr_` values.
    """

    FIELDS: ClassVar[tuple[Field, ...]] = ()
    #: The features of the platform, and those of an entity whose description names none.
    FEATURES: ClassVar[type[IntFlag] | None] = None
    DEFAULT_FEATURES: ClassVar[tuple[str, ...]] = ()
    #: The device classes of the platform.
    DEVICE_CLASSES: ClassVar[type[StrEnum] | None] = None
    #: The entity category without one in the description: that of Home Assistant's own entities.
    DEFAULT_CATEGORY: ClassVar[EntityCategory | None] = None
    #: Whether Home Assistant allows the entity category `config` on the platform.
    ALLOWS_CONFIG: ClassVar[bool] = True
    #: State attributes that the platform shows itself. All others become extra attributes.
    STATE_ATTRIBUTES: ClassVar[frozenset[str]] = frozenset({"state"})
    #: Attributes that Home Assistant's platform sets itself, beside those of every entity.
    RESERVED: ClassVar[Iterable[str]] = ()

    _reserved: ClassVar[frozenset[str]]
    _not_extra: ClassVar[frozenset[str]]

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_available = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Derive which attributes a device cannot add."""
        super().__init_subclass__(**kwargs)
        cls._reserved = _RESERVED.union(cls.RESERVED) - cls.STATE_ATTRIBUTES
        cls._not_extra = cls._reserved | cls.STATE_ATTRIBUTES

    def __init__(self, home: HomeContext, device: Device, description: Description) -> None:
        """Initialise; states are written once Home Assistant has added the entity."""
        #: `{type}.{id}.{key}`
        self.wire_id = f"{device.id}.{description['key']}"
        self.device = device
        self.description = description
        self._home = home
        self._value: Any = _NO_VALUE
        #: Counts the values from the stream, so that an early display never replaces a newer state.
        self._updates = 0
        self._added = False
        self._force = False
        self._reachable = False
        self._refusal_logged = False
        self._attr_extra_state_attributes = _NO_ATTRIBUTES
        self._attr_unique_id = home.unique_id(self.wire_id)
        if (default_entity_id := description.get("default_entity_id")) is not None:
            # Used for an entity that is not in the registry; the others have their entity id.
            self.entity_id = str(default_entity_id)
        self._apply_description(description)
        # Home Assistant reads the attributes before the first state and has no defaults for some of them.
        self._on_state(None, _NO_ATTRIBUTES)
        self._apply_availability()

    # Description

    def _on_description(self, description: Description) -> None:
        """Set what FIELDS cannot express. Override where needed."""

    def _apply_description(self, description: Description) -> None:
        self.description = description
        self._force = description.get("force_update") is True
        self._attr_force_update = self._force
        self._attr_icon = description.get("icon")
        self._attr_entity_picture = description.get("entity_picture")
        self._attr_attribution = description.get("attribution")
        category = member_of(EntityCategory)(description.get("entity_category")) or self.DEFAULT_CATEGORY
        self._attr_entity_category = category if self.ALLOWS_CONFIG or category is not EntityCategory.CONFIG else None
        self._attr_entity_registry_enabled_default = description.get("enabled_by_default") is not False
        self._attr_entity_registry_visible_default = description.get("visible_by_default") is not False
        if self.DEVICE_CLASSES is not None:
            self._attr_device_class = member_of(self.DEVICE_CLASSES)(description.get("device_class"))
        # Home Assistant caches names that come from the device class, which never changes in other integrations.
        for cached in ("name", "_device_class_name", "_object_id_device_class_name"):
            self.__dict__.pop(cached, None)
        self._apply_name(description)
        applied = [field for field in self.FIELDS if self._apply_field(field, description.get(field.wire))]
        if self.FEATURES is not None:
            features = features_of(self.FEATURES, description.get("supported_features", list(self.DEFAULT_FEATURES)))
            for field in applied:
                features |= field.implies or 0
            self._attr_supported_features = features
        self._on_description(description)

    def _apply_field(self, field: Field, raw: Any) -> bool:
        """Set the attribute; return whether the description has a value for it that is not empty."""
        given = raw is not None
        try:
            value = field.convert(raw) if given else field.default
        except (AttributeError, LookupError, TypeError, ValueError) as err:
            _LOGGER.debug("%s: %s is invalid: %s", self.wire_id, field.wire, err)
            value, given = field.default, False
        # An attribute is set before it is deleted: Home Assistant drops a cached property only when the value changes.
        setattr(self, field.attribute, None if value is HA_DEFAULT else value)
        if value is HA_DEFAULT:
            delattr(self, field.attribute)
        return given and bool(value)

    def _apply_name(self, description: Description) -> None:
        """Use the given name, else the device class's or the key. Health sensors have translated names."""
        key = str(description["key"])
        self._attr_translation_key = key if key in _HEALTH else None
        if "name" in description and key not in _HEALTH:
            name = description["name"]
            self._attr_name = None if name is None else str(name)
        elif self._attr_translation_key is None and self.device_class in (None, "enum"):
            self._attr_name = key.replace("_", " ").replace("-", " ").capitalize()
        elif hasattr(self, "_attr_name"):
            del self._attr_name

    def _default_to_device_class_name(self) -> bool:
        """Use the translated names of device classes on every platform; Home Assistant does so on some."""
        return self.device_class is not None

    def can_become(self, description: Description) -> bool:
        """Whether the entity can have the description. If not, another one replaces it, with the same id."""
        return True

    @callback
    def async_update_description(self, description: Description) -> None:
        """Replace the description in place: the entity keeps its history."""
        self._apply_description(description)
        self._apply_availability()
        value, self._value = self._value, _NO_VALUE
        if value is not _NO_VALUE:
            self._apply_value(value)
        if self._added:
            # Home Assistant derives some things from the description once, such as the precision.
            self.async_registry_entry_updated()
            self._update_registry_entry()
            self._write_state()

    def _update_registry_entry(self) -> None:
        """Write what Home Assistant does not write itself together with a state."""
        registry = er.async_get(self.hass)
        entry = registry.async_get(self.entity_id)
        now: Any = {
            "entity_category": self.entity_category,
            "original_icon": self.icon,
            "unit_of_measurement": self.unit_of_measurement,
        }
        if entry is not None and any(getattr(entry, key) != value for key, value in now.items()):
            registry.async_update_entity(self.entity_id, **now)

    # State

    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """Set the `_attr_` values of a state; None is unknown. Override on every platform."""
        raise NotImplementedError

    @property
    def added(self) -> bool:
        """Whether Home Assistant has added the entity, so that states are written."""
        return self._added

    @property
    def wire_value(self) -> Any:
        """The last value from the sidecar; None when there was none."""
        return None if self._value is _NO_VALUE else self._value

    @callback
    def async_update_value(self, value: Any) -> None:
        """Apply the newest value from the sidecar and write the state if it has changed."""
        self._updates += 1
        if value == self._value and not self._force:
            return
        self._apply_value(value)
        if self._added:
            self._write_state()

    def _apply_value(self, value: Any) -> None:
        self._value = value
        try:
            if type(value) is dict:
                self._on_state(value.get("state"), value)
                self._apply_extra(value)
            else:
                self._on_state(None if value == "unavailable" else value, _NO_ATTRIBUTES)
                self._apply_extra(_NO_ATTRIBUTES)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as err:
            self._apply_unknown(err)
        available = self._reachable and not (type(value) is str and value == "unavailable")
        if available is not self._attr_available:
            self._attr_available = available

    def _apply_extra(self, attributes: dict[str, Any]) -> None:
        if attributes is _NO_ATTRIBUTES or attributes.keys() <= self.STATE_ATTRIBUTES:
            if self._attr_extra_state_attributes is not _NO_ATTRIBUTES:
                self._attr_extra_state_attributes = _NO_ATTRIBUTES
        else:
            self._attr_extra_state_attributes = self._extra_attributes(attributes)

    def _extra_attributes(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return the device's own attributes. Those that Home Assistant sets itself are left out and reported."""
        if not self._reserved.isdisjoint(attributes):
            self._home.issues.report_reserved(self.device.id, sorted(self._reserved & attributes.keys()))
        return {key: value for key, value in attributes.items() if key not in self._not_extra}

    def _apply_unknown(self, err: Exception) -> None:
        """Make this entity unknown: Home Assistant cannot show a value that the sidecar has accepted."""
        self._home.counters.wrong_values += 1
        _LOGGER.debug("%s: %r cannot be shown: %s", self.wire_id, redact_state(self.description, self._value), self._reason(err))
        self._on_state(None, _NO_ATTRIBUTES)
        self._attr_extra_state_attributes = _NO_ATTRIBUTES

    def _reason(self, err: Exception) -> str:
        """Return Home Assistant's message, which may contain the value."""
        return type(err).__name__ if is_secret_entity(self.description) else redact_text(str(err))

    @callback
    def async_fire_event(self, event_type: str, attributes: dict[str, Any]) -> None:
        """Fire an event. Only event entities show it."""

    @callback
    def async_update_picture(self) -> None:
        """Show that there is a new picture, or none any more (`self._home.pictures`). Override where there are pictures."""

    # Availability

    def _apply_availability(self) -> None:
        device = self.device
        self._reachable = self._home.available and device.reachable
        self._attr_available = self._reachable and self._value != "unavailable"
        self._attr_assumed_state = self.description.get("assumed_state") is True or (device.assumed and not device.online)

    @callback
    def async_update_availability(self) -> None:
        """Write the state if the availability has changed."""
        before = (self._attr_available, self._attr_assumed_state)
        self._apply_availability()
        if self._added and before != (self._attr_available, self._attr_assumed_state):
            self._write_state()

    # Home Assistant

    def _write_state(self) -> None:
        # Home Assistant's platforms raise errors of any kind when they refuse a state. Other entities must still be written.
        try:
            self.async_write_ha_state()
        except Exception as err:  # noqa: BLE001
            self._apply_unknown(err)
            self._write_unknown()

    def _write_unknown(self) -> None:
        """Write the state unknown or, when Home Assistant refuses that too, unavailable."""
        try:
            self.async_write_ha_state()
        except Exception as err:  # noqa: BLE001
            if not self._refusal_logged:
                self._refusal_logged = True
                _LOGGER.warning("Home Assistant cannot show %s as it is described: %s", self.wire_id, self._reason(err))
            self._attr_available = False
            with contextlib.suppress(Exception):
                self.async_write_ha_state()

    async def async_added_to_hass(self) -> None:
        """Start to write states."""
        await super().async_added_to_hass()
        try:
            # Home Assistant does not add an entity whose first state it refuses.
            _ = (self.state, self.state_attributes)
        except Exception as err:  # noqa: BLE001
            self._apply_unknown(err)
        self._added = True
        self._home.own_entity_ids.add(self.entity_id)
        # Unlike async_will_remove_from_hass this is also called when adding fails later.
        self.async_on_remove(self._on_removed)
        self._on_added()

    def _on_added(self) -> None:
        """Begin what needs Home Assistant. Override this instead of `async_added_to_hass`.

        For a class with its own `async_added_to_hass` Home Assistant 2026.11 removes and adds the entity when it is renamed.
        """

    @callback
    def _on_removed(self) -> None:
        self._added = False
        # The event of the state's removal follows and is still ours.
        self.hass.loop.call_soon(self._home.own_entity_ids.discard, self.entity_id)

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Handle a new entity id (Home Assistant 2026.11; earlier releases remove and add the entity)."""
        if (parent := getattr(super(), "async_entity_id_changed", None)) is not None:
            parent(old_entity_id)
        self._home.own_entity_ids.add(self.entity_id)
        # The event of the old state's removal follows and is still ours.
        self.hass.loop.call_soon(self._home.own_entity_ids.discard, old_entity_id)

    @property
    def _device_name(self) -> str:
        """The device's name for people."""
        entry = self.device_entry
        return (entry.name_by_user if entry is not None else None) or self.device.name

    async def _command(self, action: str, **params: Any) -> Any:
        """Send a command and return the device's response; raises HomeAssistantError with the device's own message."""
        try:
            return await self._send(action, params)
        except HomeAssistantError as err:
            self._fire_failed(action, err)
            raise

    async def _send(self, action: str, params: dict[str, Any]) -> Any:
        given = {key: None if value is NULL else value for key, value in params.items() if value is not None}
        updates = self._updates
        outcome = await async_send_command(
            self._home, self.device, self._device_name, self.description, action, given, self._context
        )
        if "state" in outcome and self._updates == updates:
            self.async_update_value(outcome["state"])
        return outcome.get("response")

    def _fire_failed(self, action: str, error: HomeAssistantError) -> None:
        """Fire the event that the logbook shows: an automation has nobody who reads the error."""
        data = {"entity_id": self.entity_id, "action": action, "message": redact_text(str(error))}
        if self.device_entry is not None:
            data["device_id"] = self.device_entry.id
        self.hass.bus.async_fire(EVENT_ACTION_FAILED, data, context=self._context)

    async def _ask(self, member: str, action: str, **params: Any) -> list[dict[str, Any]]:
        """Send a command that changes nothing, and return the list in the device's response.

        The sidecar has checked it and left out what is wrong. Raises HomeAssistantError as `_command` does.
        """
        response = await self._send(action, params)
        found = response.get(member) if isinstance(response, dict) else None
        if not isinstance(found, list):
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="command_bad_answer",
                translation_placeholders={"device": self._device_name},
            )
        return [one for one in found if isinstance(one, dict)]
