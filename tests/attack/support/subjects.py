"""The subjects of a home: those that are there to be attacked."""


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


STREAMS = [f"HOME_{name}" for name in words("TELEMETRY STATE IMAGES DEVICE_EVENTS EVENTS AUDIT DLQ")]
BUCKETS = words("home_devices home_availability home_leases home_bridge")
#: Keys that are there.
KEYS = words("home_devices.lamp.victim home_availability.lamp.victim home_leases.availability home_bridge.bridge_id")
VICTIM = "home.devices.lamp.victim"
API = words("""
    STREAM.PURGE STREAM.DELETE STREAM.UPDATE STREAM.CREATE STREAM.INFO STREAM.MSG.GET STREAM.MSG.DELETE STREAM.SNAPSHOT
    STREAM.RESTORE STREAM.LEADER.STEPDOWN CONSUMER.CREATE CONSUMER.LIST CONSUMER.NAMES DIRECT.GET
""")

#: What `lamp.evil` may not subscribe to.
SUBSCRIPTIONS = [
    *words("> * *.> home.> home.*.> home.devices.> home.devices.*.*.set home.devices.lamp.*.set"),
    *(f"{VICTIM}.{leaf}" for leaf in words("> set config state state.* event.* past.* image.* health")),
    *(f"home.devices.lamp.evil.{leaf}" for leaf in words("> * state state.*")),
    *(f"home.discovery.{leaf}" for leaf in words("> * announce announce.> announce.lamp.victim available.>")),
    *(f"home.{leaf}.>" for leaf in words("events audit config dlq ha leadership")),
    *words("_INBOX.> _INBOX.* _INBOX.lamp.> _INBOX.lamp.victim.> _INBOX.lamp.*.> _INBOX.~bridge.> _INBOX.~bridge.*.*"),
    *words("$JS.> $JS.API.> $JS.ACK.> $JS.EVENT.> $KV.> $KV.home_devices.> $SYS.> $O.> $G.> _R_.> _GR_.>"),
]
#: What `lamp.evil` may not publish.
PUBLISHES = [
    *(f"{VICTIM}.{leaf}" for leaf in words("state state.lamp event.bell past.level image.x health set config")),
    *(f"home.devices.lamp.evil.{leaf}" for leaf in words("set config state.a.b event image health.x x")),
    *words("home.devices.lock.evil.state home.devices.lamp.Evil.state home.devices.lamp.evil2.state home.devices.lamp"),
    *(f"home.discovery.announce{leaf}" for leaf in ("", ".lamp", ".lamp.victim", ".lamp.evil.x")),
    *(f"home.discovery.remove{leaf}" for leaf in ("", ".lamp", ".lamp.victim", ".lamp.evil.x")),
    *(f"home.discovery.{leaf}" for leaf in words("request devices announced rejected available.lamp.victim")),
    *words("home.audit.commands.lamp.victim home.events.state_changed.switch.x home.events.system.stop home.dlq.x"),
    *words("home.config.device.lamp home.leadership.availability.x home.ha.services.lock.unlock home.ha.states"),
    *words("_INBOX.lamp.victim.x _INBOX.lamp.evil.x _INBOX.~bridge.x _INBOX.x _R_.x _GR_.x.y._INBOX.x"),
    *words("$SYS.REQ.SERVER.PING $SYS.REQ.ACCOUNT.HOME.CONNZ $SYS.ACCOUNT.HOME.DISCONNECT"),
    *words("$JS.API.INFO $JS.API.STREAM.LIST $JS.API.STREAM.NAMES"),
    *(f"$KV.{key}" for key in KEYS),
    *(f"$JS.API.{verb}.{stream}" for verb in API for stream in (*STREAMS, *(f"KV_{bucket}" for bucket in BUCKETS))),
]
