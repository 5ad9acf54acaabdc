"""A real Home Assistant in a folder of its own: started, onboarded, and the integration set up by its own config flow."""

import json
from pathlib import Path
import secrets
from typing import Any, Self

import aiohttp

from .ports import free_port
from .process import Process
from .socket_client import SocketClient
from .waiting import until

type Json = dict[str, Any]

DOMAIN = "nats_bridge"
USER = "home"

CONFIGURATION = """\
# Made once by ./bridge; yours to change from then on.
homeassistant:
  name: Home
  unit_system: metric
  time_zone: UTC
  country: DE
  latitude: 52.5
  longitude: 13.4
  elevation: 35

config:
frontend:
history:
logbook:
recorder:
logger:
  default: warning
  logs:
    custom_components.nats_bridge: info

# What Home Assistant's editors save.
automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml
"""

#: The files that CONFIGURATION includes, and their content when nothing is saved yet.
EDITED = {"automations.yaml": "[]\n", "scripts.yaml": "{}\n", "scenes.yaml": "[]\n"}


class HomeAssistant:
    """One installation. What must survive a restart lies in its folder: users, registries, the port, the owner's password."""

    def __init__(self, program: Path, folder: Path, integration: Path, port: int | None = None) -> None:
        self.folder = folder
        self.process = Process(
            "Home Assistant",
            [program, "-c", folder, "--skip-pip", "--log-no-color"],
            folder / "process.log",
            {
                "PATH": f"{program.parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                # Where Python is told to keep no bytecode, compiling Home Assistant would be most of each start.
                "PYTHONDONTWRITEBYTECODE": "",
            },
        )
        self.password_file = folder / "password"
        self._integration = integration
        self._preferred_port = port
        self._port = 0
        self._refresh_token: str | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        """Where a person opens it."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def password(self) -> str:
        """The owner's password, made at the first preparation."""
        return self.password_file.read_text(encoding="utf-8").strip()

    @property
    def session(self) -> aiohttp.ClientSession:
        """For requests to it."""
        assert self._session is not None
        return self._session

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.process.stop()
        await self.session.close()

    async def start(self, seconds: float = 120) -> None:
        """Start it, and wait until it answers."""
        self._prepare()
        await self.process.start()
        await until("Home Assistant answers", self._answers, seconds, every=0.1)

    def attach(self) -> None:
        """Talk to the one that somebody else has started in this folder."""
        stored = json.loads((self.folder / ".storage" / "http").read_text(encoding="utf-8"))
        self._port = stored["data"]["stable"]["server_port"]

    def _prepare(self) -> None:
        """Write what a fresh installation needs; keep what is there, but for the port if somebody else has taken it."""
        storage = self.folder / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        for name, content in {"configuration.yaml": CONFIGURATION, **EDITED}.items():
            if not (self.folder / name).exists():
                (self.folder / name).write_text(content, encoding="utf-8")
        if not self.password_file.exists():
            self.password_file.touch(mode=0o600)
            self.password_file.write_text(secrets.token_urlsafe(12) + "\n", encoding="utf-8")
        if not (storage / "onboarding").exists():
            done = {"done": ["core_config", "analytics", "integration"]}
            _write(storage / "onboarding", {"version": 4, "minor_version": 1, "key": "onboarding", "data": done})
        self._link_integration()
        self._choose_port(storage / "http")

    def _link_integration(self) -> None:
        link = self.folder / "custom_components" / DOMAIN
        link.parent.mkdir(exist_ok=True)
        if link.is_symlink() and link.readlink() != self._integration.resolve():
            link.unlink()
        if not link.exists():
            link.symlink_to(self._integration.resolve(), target_is_directory=True)

    def _choose_port(self, path: Path) -> None:
        # Not in configuration.yaml: there Home Assistant takes the port as a five-minute trial and goes back to 8123.
        stored: Json | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        before = stored["data"]["stable"]["server_port"] if stored else None
        self._port = free_port(before or self._preferred_port)
        if stored:
            if before != self._port:
                stored["data"]["stable"]["server_port"] = self._port
                _write(path, stored)
            return
        stable = {
            "server_host": ["127.0.0.1"],
            "server_port": self._port,
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": True,
            "ssl_profile": "modern",
            "use_x_frame_options": True,
            "created_at": "2026-01-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        }
        data = {"stable": stable, "pending": None, "yaml_migration_done": True}
        _write(path, {"version": 2, "minor_version": 2, "key": "http", "data": data})

    async def _answers(self) -> bool:
        self.process.check()
        try:
            async with self.session.get(f"{self.url}/manifest.json") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def log_in(self) -> None:
        """Create the owner the first time, else log in with the stored password."""
        client = f"{self.url}/"
        async with self.session.get(f"{self.url}/api/onboarding") as answer:
            steps = await answer.json() if answer.status == 200 else []
        if any(step["step"] == "user" and not step["done"] for step in steps):
            owner = {"client_id": client, "name": "Home", "username": USER, "password": self.password, "language": "en"}
            code = (await self._post("/api/onboarding/users", owner))["auth_code"]
        else:
            begin = {"client_id": client, "handler": ["homeassistant", None], "redirect_uri": client}
            flow = await self._post("/auth/login_flow", begin)
            form = {"client_id": client, "username": USER, "password": self.password}
            step = await self._post(f"/auth/login_flow/{flow['flow_id']}", form)
            if "result" not in step:
                raise RuntimeError(
                    f"Home Assistant does not take {USER} with the password in {self.password_file}: write the valid one there"
                    f" (a second factor cannot be answered), or remove {self.folder} to begin anew"
                )
            code = step["result"]
        self._refresh_token = (await self._token(grant_type="authorization_code", code=code))["refresh_token"]

    async def _token(self, **fields: str) -> Json:
        async with self.session.post(f"{self.url}/auth/token", data={"client_id": f"{self.url}/", **fields}) as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def access_token(self) -> str:
        """A fresh token, good for half an hour. It holds over a restart of Home Assistant, also over a killed one."""
        if self._refresh_token is None:
            await self.log_in()
        assert self._refresh_token is not None
        try:
            answer = await self._token(grant_type="refresh_token", refresh_token=self._refresh_token)
        except aiohttp.ClientResponseError:
            # A Home Assistant that was killed may have forgotten a login of its last second.
            await self.log_in()
            answer = await self._token(grant_type="refresh_token", refresh_token=self._refresh_token)
        return str(answer["access_token"])

    async def _post(self, path: str, body: Json) -> Json:
        async with self.session.post(f"{self.url}{path}", json=body) as answer:
            if answer.status >= 400:
                raise RuntimeError(f"{path} answered {answer.status}: {await answer.text()}")
            return dict(await answer.json())

    async def api(self, method: str, path: str, body: Json | None = None) -> Any:
        """One call of the REST API as the owner."""
        headers = {"Authorization": f"Bearer {await self.access_token()}"}
        async with self.session.request(method, f"{self.url}/api/{path}", json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise RuntimeError(f"{path} answered {answer.status}: {await answer.text()}")
            return await answer.json()

    async def connect(self) -> SocketClient:
        """A WebSocket connection as the owner; use it as an asynchronous context."""
        return SocketClient(self.session, self.url, await self.access_token())

    async def entry(self) -> Json | None:
        """The integration's config entry, if it has been set up."""
        entries: list[Json] = await self.api("GET", f"config/config_entries/entry?domain={DOMAIN}")
        return entries[0] if entries else None

    async def set_up_bridge(self, url: str, token: str) -> Json:
        """Set the integration up, or point it at another sidecar, through its own config flow: the loaded entry.

        RuntimeError with what the form said, if it refused.
        """
        entry = await self.entry()
        begin = {"handler": DOMAIN, "show_advanced_options": False}
        if entry:
            begin["entry_id"] = entry["entry_id"]  # what makes it a reconfiguration
        step = await self.api("POST", "config/config_entries/flow", begin)
        step = await self.api("POST", f"config/config_entries/flow/{step['flow_id']}", {"url": url, "token": token})
        if step["type"] == "create_entry" or step.get("reason") == "reconfigure_successful":
            loaded: Json = await until("the entry is loaded", self._loaded_entry, 30, every=0.1)
            return loaded
        raise RuntimeError(f"the config flow ended with {step.get('errors') or step.get('reason') or step}")

    async def _loaded_entry(self) -> Json | None:
        entry = await self.entry()
        return entry if entry and entry["state"] == "loaded" else None


def _write(path: Path, content: Json) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
