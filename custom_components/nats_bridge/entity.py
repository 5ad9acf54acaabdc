"""What all entities share: a description, a state off the wire, and commands back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
import contextlib
from enum import IntFlag, StrEnum
import logging
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from homeassistant.const import EntityCapabilityAttribute, EntityCategory, EntityStateAttribute
from homeassistant.core import callback
from homeassistant.helpers.entity import Entity

from .commands import async_command

if TYPE_CHECKING:
    from .hub import Hub
    from .model import Description, Device

_LOGGER = logging.getLogger(__name__)

#: The diagnostic sensors of health reports: names and icons are ours, in every language (contract.md, "State").
_HEALTH = frozenset({"health_battery", "health_free_heap", "health_rssi", "health_uptime_s"})

_NO_ATTRIBUTES: dict[str, Any] = {}
_UNSEEN = object()

#: As the default of a field: what the description leaves out is as Home Assistant has it by itself.
AS_USUAL: Final = object()


#: What Home Assistant itself says of every entity. A place on the map it leaves to who has one.
_RESERVED: frozenset[str] = frozenset([*EntityCapabilityAttribute, *EntityStateAttribute]) - {"latitude", "longitude"}


class Field(NamedTuple):
    """How one field of a description becomes an attribute of the entity."""

    wire: str
    attribute: str
    convert: Callable[[Any], Any]
    default: Any = None


def member_of[E: StrEnum](enum: type[E]) -> Callable[[Any], E | None]:
    """Return a conversion to a member of an enum; what a newer sidecar knows and this Home Assistant does not is left out."""

    def convert(value: Any) -> E | None:
        try:
            return enum(value)
        except ValueError:
            return None

    return convert


def features_of[F: IntFlag](enum: type[F], names: Any) -> F:
    """Return the flags whose names are given in lower case; unknown names are left out."""
    flags = enum(0)
    for name in names if isinstance(names, list) else ():
        if (flag := enum.__members__.get(str(name).upper())) is not None:
            flags |= flag
    return flags


def texts(value: Any) -> list[str]:
    """Return a list of texts."""
    return [str(item) for item in value]


def pattern(value: Any) -> str:
    """Return a regular expression that Home Assistant can use; one of another language's kind is a ValueError."""
    try:
        re.compile(str(value))
    except re.PatternError as err:
        raise ValueError(f"not a regular expression: {err}") from err
    return str(value)


class BridgeEntity(Entity):
    """An entity of a device on the other side of the bridge.

    The platforms' classes say how a description (`FIELDS`, `_describe`) and a state (`_show`) are Home Assistant's.
    """

    FIELDS: ClassVar[tuple[Field, ...]] = ()
    #: The classes of the platform, which the description's `device_class` must be one of.
    DEVICE_CLASSES: ClassVar[type[StrEnum] | None] = None
    #: Whether Home Assistant takes such an entity as one that configures the device.
    CONFIGURES: ClassVar[bool] = True
    #: State attributes that the platform shows itself; all others are extra attributes.
    KNOWN: ClassVar[frozenset[str]] = frozenset({"state"})
    #: Attributes that Home Assistant's platform sets itself, beside those of every entity.
    RESERVED: ClassVar[Iterable[str]] = ()

    _reserved: ClassVar[frozenset[str]]
    _not_extra: ClassVar[frozenset[str]]

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_available = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Work out which attributes a device may not add."""
        super().__init_subclass__(**kwargs)
        cls._reserved = _RESERVED.union(cls.RESERVED) - cls.KNOWN
        cls._not_extra = cls._reserved | cls.KNOWN

    def __init__(self, hub: Hub, device: Device, description: Description) -> None:
        """Create the entity; it shows nothing before it is added."""
        self.bridge_id = f"{device.id}.{description['key']}"
        self.device = device
        self.description = description
        #: Counts what came from the stream, so that a command's preview never hides something newer.
        self.serial = 0
        self._hub = hub
        self._value: Any = _UNSEEN
        self._live = False
        self._force = False
        self._reachable = False
        self._refused = False
        self._attr_extra_state_attributes = _NO_ATTRIBUTES
        self._attr_unique_id = hub.registrar.unique_id(self.bridge_id)
        self._configure(description)
        # Home Assistant asks before the first state, and has no defaults for some of what it asks.
        self._show(None, _NO_ATTRIBUTES)
        self._reach()

    # Description

    def _configure(self, description: Description) -> None:
        """Take everything from the description that never comes with a state."""
        self.description = description
        self._force = description.get("force_update") is True
        self._attr_force_update = self._force
        self._attr_icon = description.get("icon")
        self._attr_entity_picture = description.get("entity_picture")
        self._attr_attribution = description.get("attribution")
        category = member_of(EntityCategory)(description.get("entity_category"))
        self._attr_entity_category = category if self.CONFIGURES or category is not EntityCategory.CONFIG else None
        self._attr_entity_registry_enabled_default = description.get("enabled_by_default") is not False
        self._attr_entity_registry_visible_default = description.get("visible_by_default") is not False
        if self.DEVICE_CLASSES is not None:
            self._attr_device_class = member_of(self.DEVICE_CLASSES)(description.get("device_class"))
        # Home Assistant keeps the class's name for ever, because elsewhere the class never changes.
        for cached in ("name", "_device_class_name", "_object_id_device_class_name"):
            self.__dict__.pop(cached, None)
        self._name(description)
        for field in self.FIELDS:
            raw = description.get(field.wire)
            try:
                value = field.default if raw is None else field.convert(raw)
            except (TypeError, ValueError) as err:
                _LOGGER.debug("%s: %s is not understood: %s", self.bridge_id, field.wire, err)
                value = field.default
            # What is deleted is set before: only that makes Home Assistant work it out again.
            setattr(self, field.attribute, None if value is AS_USUAL else value)
            if value is AS_USUAL:
                delattr(self, field.attribute)
        self._describe(description)

    def _name(self, description: Description) -> None:
        """Use the given name; without one the device class names the entity, or its key. Health has names in every language."""
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
        """Every platform's device classes have translated names, also where Home Assistant does not use them by itself."""
        return self.device_class is not None

    def _describe(self, description: Description) -> None:
        """Take what FIELDS cannot say. To be extended."""

    @callback
    def async_redescribe(self, description: Description) -> None:
        """Replace the description in place: the history stays."""
        self._configure(description)
        self._reach()
        value, self._value = self._value, _UNSEEN
        if value is not _UNSEEN:
            self._take(value)
        if self._live:
            # What Home Assistant works out from the description once, such as the precision, is worked out again.
            self.async_registry_entry_updated()
            self._hub.registrar.async_update_entity(self)
            self._write()

    # State

    @property
    def added(self) -> bool:
        """Whether Home Assistant has it, so that states are written."""
        return self._live

    @property
    def wire_value(self) -> Any:
        """The last value off the wire; None when there was none."""
        return None if self._value is _UNSEEN else self._value

    @callback
    def async_take(self, value: Any) -> None:
        """Take the newest value and show it if it has changed."""
        self.serial += 1
        if value == self._value and not self._force:
            return
        self._take(value)
        if self._live:
            self._write()

    def _take(self, value: Any) -> None:
        self._value = value
        try:
            if type(value) is dict:
                self._show(value.get("state"), value)
                self._extra(value)
            else:
                self._show(None if value == "unavailable" else value, _NO_ATTRIBUTES)
                self._extra(_NO_ATTRIBUTES)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as err:
            self._wrong(err)
        available = self._reachable and not (type(value) is str and value == "unavailable")
        if available is not self._attr_available:
            self._attr_available = available

    def _show(self, state: Any, attributes: Mapping[str, Any]) -> None:
        """Set the `_attr_` values of a state; None is unknown. To be overridden."""
        raise NotImplementedError

    def _extra(self, attributes: dict[str, Any]) -> None:
        if attributes is _NO_ATTRIBUTES or attributes.keys() <= self.KNOWN:
            if self._attr_extra_state_attributes is not _NO_ATTRIBUTES:
                self._attr_extra_state_attributes = _NO_ATTRIBUTES
        else:
            self._attr_extra_state_attributes = self._own_attributes(attributes)

    def _own_attributes(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return what only the device knows; what it says in Home Assistant's name is left out and told once."""
        if not self._reserved.isdisjoint(attributes):
            self._hub.issues.reserved(self.device.id, sorted(self._reserved & attributes.keys()))
        return {key: value for key, value in attributes.items() if key not in self._not_extra}

    def _wrong(self, err: Exception) -> None:
        """Make this one entity unknown: Home Assistant cannot show its value, which the sidecar had checked too."""
        self._hub.counters.wrong_values += 1
        _LOGGER.debug("%s: %r cannot be shown: %s", self.bridge_id, self._value, err)
        self._show(None, _NO_ATTRIBUTES)
        self._attr_extra_state_attributes = _NO_ATTRIBUTES

    @callback
    def async_happen(self, event_type: str, attributes: dict[str, Any]) -> None:
        """Something happened. Only event entities show it."""

    def _reach(self) -> None:
        """Work out whether the device can be reached, and what follows from it."""
        device = self.device
        self._reachable = self._hub.up and device.reachable
        self._attr_available = self._reachable and self._value != "unavailable"
        self._attr_assumed_state = self.description.get("assumed_state") is True or (device.assumed and not device.online)

    @callback
    def async_refresh(self) -> None:
        """Show whether the entity is available now, if that has changed."""
        before = (self._attr_available, self._attr_assumed_state)
        self._reach()
        if self._live and before != (self._attr_available, self._attr_assumed_state):
            self._write()

    def _write(self) -> None:
        # Home Assistant raises what it likes where it refuses something; the neighbours are shown all the same.
        try:
            self.async_write_ha_state()
        except Exception as err:  # noqa: BLE001
            self._wrong(err)
            self._write_nothing()

    def _write_nothing(self) -> None:
        """Show that the value is unknown or, where not even that can be shown, that there is nothing to be seen."""
        try:
            self.async_write_ha_state()
        except Exception as err:  # noqa: BLE001
            if not self._refused:
                self._refused = True
                _LOGGER.warning("Home Assistant cannot show %s as it is described: %s", self.bridge_id, err)
            self._attr_available = False
            with contextlib.suppress(Exception):
                self.async_write_ha_state()

    async def async_added_to_hass(self) -> None:
        """From now on states are written."""
        await super().async_added_to_hass()
        try:
            # Home Assistant does not add an entity whose first state it refuses.
            _ = (self.state, self.state_attributes)
        except Exception as err:  # noqa: BLE001
            self._wrong(err)
        self._live = True
        self._hub.registrar.own_entity_ids.add(self.entity_id)
        # Also called when the adding fails after this.
        self.async_on_remove(self._leave)

    @callback
    def _leave(self) -> None:
        """From now on states are only kept."""
        self._live = False
        # The removal of the state is an event too, and still ours.
        self.hass.loop.call_soon(self._hub.registrar.own_entity_ids.discard, self.entity_id)

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """A person has renamed the entity id (Home Assistant 2026.11; earlier it was removed and added)."""
        if (parent := getattr(super(), "async_entity_id_changed", None)) is not None:
            parent(old_entity_id)
        self._hub.registrar.own_entity_ids.add(self.entity_id)
        # That the old state has gone is still to be told to everybody, and it was ours.
        self.hass.loop.call_soon(self._hub.registrar.own_entity_ids.discard, old_entity_id)

    # Commands

    async def _command(self, action: str, **params: Any) -> Any:
        """Have the device do it; raises HomeAssistantError with the device's own words."""
        given = {key: value for key, value in params.items() if value is not None}
        return await async_command(self._hub, self, action, given, self._context)
