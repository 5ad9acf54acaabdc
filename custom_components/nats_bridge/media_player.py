"""Media players."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
import hashlib
from types import MappingProxyType
from typing import Any, Final, override
from weakref import WeakSet

from homeassistant.components import media_source
from homeassistant.components.media_player import (
    ATTR_MEDIA_EXTRA,
    BrowseError,
    BrowseMedia,
    MediaPlayerDeviceClass,
    MediaPlayerEnqueue,
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    RepeatMode,
    SearchError,
    SearchMedia,
    SearchMediaQuery,
)
from homeassistant.components.media_player.const import MediaPlayerEntityCapabilityAttribute, MediaPlayerEntityStateAttribute
from homeassistant.const import Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .context import HomeContext
from .entity import BridgeEntity
from .fields import HA_DEFAULT, Field, texts
from .hub import NatsBridgeConfigEntry
from .media import InvalidMedia, playable, read_folder, read_results
from .model import Description, Device
from .pictures import async_fetch_picture

PARALLEL_UPDATES = 0

#: State attributes that the entity has as they are, under the same name.
_PLAIN: Final = (
    "app_id",
    "app_name",
    "is_volume_muted",
    "media_album_artist",
    "media_album_name",
    "media_artist",
    "media_channel",
    "media_content_id",
    "media_content_type",
    "media_duration",
    "media_episode",
    "media_image_url",
    "media_playlist",
    "media_position",
    "media_season",
    "media_series_title",
    "media_title",
    "media_track",
    "repeat",
    "shuffle",
    "sound_mode",
    "source",
    "volume_level",
)

#: What tells one title from the next.
_TITLE: Final = ("media_content_id", "media_title", "media_artist", "media_album_name", "media_channel")

#: States in which there is no artwork.
_SILENT: Final = frozenset({None, MediaPlayerState.OFF, MediaPlayerState.IDLE})

#: Players that play only sound.
_SOUND_ONLY: Final = frozenset({MediaPlayerDeviceClass.SPEAKER, MediaPlayerDeviceClass.RECEIVER})


async def async_setup_entry(
    hass: HomeAssistant, entry: NatsBridgeConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the known players; the hub adds later ones."""
    # Players that show members of their group, which Home Assistant names by entity ids.
    grouped: WeakSet[BridgeMediaPlayer] = WeakSet()

    @callback
    def registry_changed(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        for player in list(grouped):
            player.async_members_changed()

    entry.async_on_unload(hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, registry_changed, _names_another_player))
    create = partial(BridgeMediaPlayer, grouped)
    await entry.runtime_data.population.async_platform_ready(Platform.MEDIA_PLAYER, create, async_add_entities)


@callback
def _names_another_player(data: er.EventEntityRegistryUpdatedData) -> bool:
    return data["entity_id"].startswith("media_player.") and (data["action"] != "update" or "entity_id" in data["changes"])


class BridgeMediaPlayer(BridgeEntity, MediaPlayerEntity):
    """A media player. A device names the members of its group as entities of the home, Home Assistant by their entity ids."""

    FEATURES = MediaPlayerEntityFeature
    DEVICE_CLASSES = MediaPlayerDeviceClass
    STATE_ATTRIBUTES = frozenset({"state", "group_members", "media_position_updated_at", *_PLAIN})
    RESERVED = (*MediaPlayerEntityCapabilityAttribute, *MediaPlayerEntityStateAttribute)
    FIELDS = (
        Field("source_list", "_attr_source_list", texts, implies=MediaPlayerEntityFeature.SELECT_SOURCE),
        Field("sound_mode_list", "_attr_sound_mode_list", texts, implies=MediaPlayerEntityFeature.SELECT_SOUND_MODE),
        Field("volume_step", "_attr_volume_step", float, HA_DEFAULT),
    )

    #: The attributes that are shown, and the members of the group as the device names them.
    _shown: Mapping[str, Any] = MappingProxyType({})
    _members: list[str] | None = None

    def __init__(self, grouped: WeakSet[BridgeMediaPlayer], home: HomeContext, device: Device, description: Description) -> None:
        """Initialise. The player is in `grouped` while it shows members."""
        self._grouped = grouped
        super().__init__(home, device, description)

    @override
    def _on_state(self, state: Any, attributes: Mapping[str, Any]) -> None:
        self._attr_state = None if state is None else MediaPlayerState(state)
        for name in _PLAIN:
            setattr(self, f"_attr_{name}", attributes.get(name))
        self._update_position_time(attributes)
        # A browser loads it. Home Assistant would load whatever address a device names, also in its own network.
        self._attr_media_image_remotely_accessible = self._attr_media_image_url is not None
        self._members = attributes.get("group_members")
        if self._members:
            self._grouped.add(self)
        else:
            self._grouped.discard(self)

    def _update_position_time(self, attributes: Mapping[str, Any]) -> None:
        """Set the time of the position: the device's, else that of the message."""
        if (at := attributes.get("media_position_updated_at")) is not None:
            self._attr_media_position_updated_at = dt_util.parse_datetime(at)
        elif self._attr_media_position is None:
            self._attr_media_position_updated_at = None
        elif attributes is not self._shown:
            self._attr_media_position_updated_at = dt_util.utcnow()
        self._shown = attributes

    # Artwork

    @property
    @override
    def entity_picture(self) -> str | None:
        """Return the artwork, else the picture of the description."""
        return super().entity_picture or self._attr_entity_picture

    @property
    @override
    def media_image_hash(self) -> str | None:
        """Return what changes with the artwork on NATS; None without. Home Assistant itself never loads `media_image_url`."""
        if self._attr_media_image_url is not None or self._attr_state in _SILENT:
            return None
        if self.description.get("on_demand") is True:
            return hashlib.sha256(repr([self._shown.get(name) for name in _TITLE]).encode()).hexdigest()[:16]
        picture = self._home.pictures.get(self.wire_id)
        return None if picture is None else str(int(picture.at.timestamp() * 1000))

    @override
    async def async_get_media_image(self) -> tuple[bytes | None, str | None]:
        """Return the artwork that the device has published, or answers with."""
        if self.media_image_hash is None:
            return None, None
        return await async_fetch_picture(self._home, self.wire_id) or (None, None)

    @override
    @callback
    def async_update_picture(self) -> None:
        if self.added:
            self._write_state()

    # Group

    @property
    @override
    def group_members(self) -> list[str] | None:
        """Return the entity ids of the members that Home Assistant has."""
        if self._members is None:
            return None
        registry = er.async_get(self.hass)
        ids = (
            registry.async_get_entity_id(Platform.MEDIA_PLAYER, DOMAIN, self._home.unique_id(member)) for member in self._members
        )
        return [entity_id for entity_id in ids if entity_id is not None]

    @callback
    def async_members_changed(self) -> None:
        """Show the members again: an entity id has come, gone or changed."""
        if self.added:
            self._write_state()

    @override
    async def async_join_players(self, group_members: list[str]) -> None:
        """Group players with this one."""
        await self._command("join", group_members=[self._wire_id_of(entity_id) for entity_id in group_members])

    def _wire_id_of(self, entity_id: str) -> str:
        entry = er.async_get(self.hass).async_get(entity_id)
        prefix = self._home.unique_id("")
        if entry is None or entry.platform != DOMAIN or not entry.unique_id.startswith(prefix):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="foreign_player",
                translation_placeholders={"player": entity_id, "device": self.device.name},
            )
        return entry.unique_id.removeprefix(prefix)

    @override
    async def async_unjoin_player(self) -> None:
        """Leave the group."""
        await self._command("unjoin")

    # Media

    @override
    async def async_play_media(
        self,
        media_type: str,
        media_id: str,
        enqueue: MediaPlayerEnqueue | None = None,
        announce: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Play media. One of Home Assistant's own becomes a URL that the device can load."""
        if media_source.is_media_source_id(media_id):
            found = await media_source.async_resolve_media(self.hass, media_id, self.entity_id)
            media_type, media_id = found.mime_type, found.url
        features = self.supported_features
        await self._command(
            "play_media",
            media_content_type=media_type,
            media_content_id=playable(self.hass, media_id),
            enqueue=enqueue if MediaPlayerEntityFeature.MEDIA_ENQUEUE in features else None,
            announce=announce if MediaPlayerEntityFeature.MEDIA_ANNOUNCE in features else None,
            extra=kwargs.get(ATTR_MEDIA_EXTRA) or None,
        )

    @override
    async def async_browse_media(self, media_content_type: str | None = None, media_content_id: str | None = None) -> BrowseMedia:
        """Return a folder of the device; in the first one also Home Assistant's own media, which the device can play."""
        if media_content_id and media_source.is_media_source_id(media_content_id):
            return await self._browse_home_assistant(media_content_id)
        asked = {"media_content_type": media_content_type or None, "media_content_id": media_content_id or None}
        folder = self._read(BrowseError, read_folder, await self._command("browse_media", **asked))
        if not media_content_id and MediaPlayerEntityFeature.PLAY_MEDIA in self.supported_features:
            folder.children = [*(folder.children or ()), *await self._home_assistants_folders()]
        return folder

    async def _home_assistants_folders(self) -> list[BrowseMedia]:
        if media_source.DOMAIN not in self.hass.config.components:
            return []
        found = await self._browse_home_assistant(None)
        # With a single source its own folder is returned.
        return list(found.children or ()) if found.domain is None else [found]

    async def _browse_home_assistant(
        self, media_content_id: str | None
    ) -> media_source.BrowseMediaSource | media_source.RootBrowseMediaSource:
        def is_sound(item: BrowseMedia) -> bool:
            return item.media_content_type.startswith("audio/")

        wanted = is_sound if self.device_class in _SOUND_ONLY else None
        return await media_source.async_browse_media(self.hass, media_content_id, content_filter=wanted)

    @override
    async def async_search_media(self, query: SearchMediaQuery) -> SearchMedia:
        """Search the device's media."""
        if query.media_content_id and media_source.is_media_source_id(query.media_content_id):
            return await media_source.async_search_media(self.hass, query.media_content_id, query)
        response = await self._command(
            "search_media",
            search_query=query.search_query,
            media_content_type=query.media_content_type or None,
            media_content_id=query.media_content_id or None,
            media_filter_classes=sorted(str(one) for one in query.media_filter_classes or ()) or None,
        )
        return self._read(SearchError, read_results, response)

    def _read[T](self, error: type[BrowseError | SearchError], read: Callable[[Any], T], response: Any) -> T:
        try:
            return read(response)
        except InvalidMedia as err:
            raise error(
                translation_domain=DOMAIN,
                translation_key="bad_media",
                translation_placeholders={"device": self.device.name, "problem": str(err)},
            ) from err

    # Controls

    @override
    async def async_turn_on(self) -> None:
        """Turn it on."""
        await self._command("turn_on")

    @override
    async def async_turn_off(self) -> None:
        """Turn it off."""
        await self._command("turn_off")

    @override
    async def async_media_play(self) -> None:
        """Play."""
        await self._command("media_play")

    @override
    async def async_media_pause(self) -> None:
        """Pause."""
        await self._command("media_pause")

    @override
    async def async_media_stop(self) -> None:
        """Stop."""
        await self._command("media_stop")

    @override
    async def async_media_next_track(self) -> None:
        """Go to the next track."""
        await self._command("media_next_track")

    @override
    async def async_media_previous_track(self) -> None:
        """Go to the previous track."""
        await self._command("media_previous_track")

    @override
    async def async_media_seek(self, position: float) -> None:
        """Go to a position, in seconds."""
        await self._command("media_seek", seek_position=position)

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Set the volume, from 0 to 1."""
        await self._command("volume_set", volume_level=volume)

    @override
    async def async_volume_up(self) -> None:
        """Turn the volume up; Home Assistant computes it for a device that has no steps."""
        if MediaPlayerEntityFeature.VOLUME_STEP in self.supported_features:
            await self._command("volume_up")
        else:
            await super().async_volume_up()

    @override
    async def async_volume_down(self) -> None:
        """Turn the volume down; Home Assistant computes it for a device that has no steps."""
        if MediaPlayerEntityFeature.VOLUME_STEP in self.supported_features:
            await self._command("volume_down")
        else:
            await super().async_volume_down()

    @override
    async def async_mute_volume(self, mute: bool) -> None:
        """Mute it, or not."""
        await self._command("volume_mute", is_volume_muted=mute)

    @override
    async def async_select_source(self, source: str) -> None:
        """Select a source."""
        await self._command("select_source", source=source)

    @override
    async def async_select_sound_mode(self, sound_mode: str) -> None:
        """Select a sound mode."""
        await self._command("select_sound_mode", sound_mode=sound_mode)

    @override
    async def async_set_shuffle(self, shuffle: bool) -> None:
        """Play in random order, or not."""
        await self._command("shuffle_set", shuffle=shuffle)

    @override
    async def async_set_repeat(self, repeat: RepeatMode) -> None:
        """Repeat one, all or nothing."""
        await self._command("repeat_set", repeat=repeat)

    @override
    async def async_clear_playlist(self) -> None:
        """Clear the playlist."""
        await self._command("clear_playlist")
