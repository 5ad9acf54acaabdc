"""The pages on which people meet a home's devices: the device's own page, and a dashboard with the usual cards."""

from typing import Any

from real_home.device import Device
from real_home.home import Home
from real_home.waiting import until
from support.browser import Browser
from support.pictures import take_pictures
from test_every_platform import device_of

#: What the dashboard of the test shows, with the card that people would take.
CARDS: dict[str, dict[str, Any]] = {
    "climate": {"type": "thermostat"},
    "light": {"type": "light"},
    "sensor": {"type": "sensor", "graph": "line"},
    "media_player": {"type": "media-control"},
    "lock": {"type": "tile", "features": [{"type": "lock-commands"}]},
    "cover": {"type": "tile", "features": [{"type": "cover-position"}]},
    "fan": {"type": "tile", "features": [{"type": "fan-speed"}]},
    "vacuum": {"type": "tile", "features": [{"type": "vacuum-commands", "commands": ["start_pause", "return_home"]}]},
    "alarm_control_panel": {"type": "alarm-panel"},
    "weather": {"type": "weather-forecast", "forecast_type": "daily"},
    "todo": {"type": "todo-list"},
    "humidifier": {"type": "humidifier"},
}


async def test_the_page_of_a_device_shows_it_with_all_its_entities(home: Home, page: Browser) -> None:
    entities = [
        {"key": "heating", "platform": "climate", "name": None, "hvac_modes": ["off", "heat"], "min_temp": 5, "max_temp": 30,
         "supported_features": ["target_temperature"]},
        {"key": "temperature", "platform": "sensor", "device_class": "temperature", "unit_of_measurement": "°C",
         "state_class": "measurement"},
        {"key": "humidity", "platform": "sensor", "device_class": "humidity", "unit_of_measurement": "%"},
        {"key": "window", "platform": "binary_sensor", "device_class": "window"},
        {"key": "offset", "platform": "number", "name": "Offset", "min": -5, "max": 5, "entity_category": "config"},
        {"key": "battery", "platform": "sensor", "device_class": "battery", "unit_of_measurement": "%",
         "entity_category": "diagnostic"},
        {"key": "button", "platform": "event", "name": "Button", "event_types": ["press"]},
    ]  # fmt: skip
    triggers = [{"type": "button_short_press", "subtype": "button_1", "key": "button", "event_type": "press"}]
    device = Device(
        home.nats_url, "climate", "shown", name="Living room thermostat", manufacturer="Acme", model="T1", sw_version="2.1.0",
        suggested_area="Living Room", entities=entities, triggers=triggers,
    )  # fmt: skip
    device.state = {
        "heating": {"state": "heat", "temperature": 21, "current_temperature": 20.4}, "temperature": 20.4, "humidity": 48,
        "window": "off", "offset": -0.5, "battery": 87,
    }  # fmt: skip
    async with device, await home.connect() as client:
        await home.shows(client, await home.entity(client, "climate.shown.temperature"), "20.4")
        devices = await client.call("config/device_registry/list")
        [shown] = [one["id"] for one in devices if one["name"] == "Living room thermostat"]
        await page.do("open", url=f"{home.home_assistant.url}/config/devices/device/{shown}")
        for text in ("Acme", "Window", "Offset", "Battery"):
            await page.do("wait", selector="ha-config-device-page", text=text)
        await take_pictures(home, page, "device-page")
        await device.remove()


async def test_a_dashboard_shows_the_usual_cards(home: Home, page: Browser) -> None:
    shown: dict[str, Device] = {}
    try:
        async with await home.connect() as client:
            cards = []
            for platform, card in CARDS.items():
                device, key, _ = device_of(platform, home.nats_url)
                shown[platform] = await device.__aenter__()
                cards.append({"entity": await home.entity(client, f"{device.identity}.{key}"), **card})
            views = [{"title": "Home", "type": "masonry", "cards": cards}]
            await client.call(
                "lovelace/dashboards/create", url_path="shown-cards", title="Cards", require_admin=False, mode="storage"
            )
            await client.call("lovelace/config/save", url_path="shown-cards", config={"views": views})
            await page.do("open", url=f"{home.home_assistant.url}/shown-cards/home")

            async def all_shown() -> bool:
                return bool(await page.do("count", selector="hui-masonry-view hui-card") == len(cards))

            await until("all cards are there", all_shown, 30)
            assert await page.do("count", selector="hui-error-card") == 0
            await take_pictures(home, page, "cards")

            # A to-do list has no control in its dialog: people tick off on its card.
            await page.do("click", selector="hui-todo-list-card ha-checkbox")
            await until("the item is done", lambda: any(one["action"] == "update_item" for one in shown["todo"].executed), 20)
    finally:
        for device in shown.values():
            await device.remove()
            await device.__aexit__()
