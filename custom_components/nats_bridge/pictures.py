"""Pictures of cameras, images and media players (contract/protocol.md, "Pictures").

The sidecar sends the time of each new picture with the states. Its bytes are fetched by HTTP when Home Assistant shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
import logging
from typing import Final, NamedTuple

from aiohttp import ClientError, ClientSession

from .context import HomeContext
from .model import CONTENT_TYPES

_LOGGER = logging.getLogger(__name__)

#: Home Assistant waits 10 s for a picture.
_TIMEOUT: Final = 9.5
#: The largest picture. The server's largest message is 1 MiB by default.
MAX_PICTURE: Final = 16 * 1024 * 1024


class Fetched(NamedTuple):
    """The bytes of a picture."""

    content: bytes
    content_type: str


async def async_fetch_picture(home: HomeContext, wire_id: str) -> Fetched | None:
    """Fetch the picture of the entity `{type}.{id}.{key}`: its last one, or a new one if its description says `on_demand`.

    None when there is none, or none can be had in time: no traceback, the reason is logged at level debug.
    """
    if (client := home.client) is None:
        return None
    url = f"{client.url}/api/pictures/{wire_id.replace('.', '/')}"
    return await async_load_picture(client.session, url, wire_id, client.headers)


async def async_load_picture(
    session: ClientSession, url: str, name: str, headers: Mapping[str, str] | None = None
) -> Fetched | None:
    """Load a picture of one of CONTENT_TYPES from a URL; None when it cannot be loaded. `name` is for the log."""
    try:
        async with asyncio.timeout(_TIMEOUT), session.get(url, headers=headers) as response:
            if response.status != 200:
                reason = (await response.content.read(1000)).decode(errors="replace")
                _LOGGER.debug("%s: no picture, status %s: %s", name, response.status, reason)
                return None
            if response.content_type not in CONTENT_TYPES:
                _LOGGER.debug("%s: no picture, but %s", name, response.content_type)
                return None
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > MAX_PICTURE:
                    _LOGGER.debug("%s: the picture has more than %s bytes", name, MAX_PICTURE)
                    return None
            return Fetched(bytes(content), response.content_type)
    except (ClientError, OSError, TimeoutError, ValueError) as err:
        _LOGGER.debug("%s: no picture: %s", name, str(err) or type(err).__name__)
        return None
