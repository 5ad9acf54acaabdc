"""The home's own account, which may see everything: what an attack has done is looked at with it."""

import base64
import json
from typing import Any

from real_home.home import Home

from .attacker import Attacker

type Json = dict[str, Any]


class Owner(Attacker):
    """A client with the sidecar's own login."""

    def __init__(self, home: Home) -> None:
        password = (home.data / "nats" / "secrets").read_text(encoding="ascii").splitlines()[0]
        # It outlives the server's restarts.
        again = {"allow_reconnect": True, "max_reconnect_attempts": -1, "reconnect_time_wait": 0.1}
        super().__init__(home.nats_url, login={"user": "hanatsbridge", "password": password, **again})
        self._cache: dict[tuple[str, int], str] = {}

    async def streams(self) -> dict[str, Json]:
        """Every stream, also those of buckets, with its configuration and its state."""
        answer = await self.request("$JS.API.STREAM.LIST")
        return {stream["config"]["name"]: stream for stream in answer["streams"]}

    async def last(self, stream: str, subject: str) -> bytes | None:
        """The last message of a subject; None when there is none."""
        answer = await self.request(f"$JS.API.STREAM.MSG.GET.{stream}", {"last_by_subj": subject})
        return base64.b64decode(answer["message"].get("data", "")) if "message" in answer else None

    async def subjects_of(self, stream: str) -> set[str]:
        """The subjects of which a stream has messages."""
        found: set[str] = set()
        while True:
            request = {"subjects_filter": ">", "offset": len(found)}
            state = (await self.request(f"$JS.API.STREAM.INFO.{stream}", request))["state"]
            page = state.get("subjects") or {}
            found |= set(page)
            if not page or len(found) >= state["num_subjects"]:
                return found

    async def has_last(self, stream: str, subject: str, payload: Any) -> bool:
        """Whether that is the last message of a subject, as JSON."""
        last = await self.last(stream, subject)
        return last is not None and json.loads(last) == payload

    async def all_of(self, stream: str) -> list[str]:
        """All messages of a stream, as text."""
        state = (await self.request(f"$JS.API.STREAM.INFO.{stream}"))["state"]
        for number in range(max(state["first_seq"], 1), state["last_seq"] + 1):
            if (stream, number) not in self._cache:
                answer = await self.request(f"$JS.API.STREAM.MSG.GET.{stream}", {"seq": number})
                data = base64.b64decode(answer.get("message", {}).get("data", ""))
                self._cache[stream, number] = data.decode(errors="replace")
        return [text for (name, _), text in self._cache.items() if name == stream]
