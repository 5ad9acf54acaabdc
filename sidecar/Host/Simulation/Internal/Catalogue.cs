using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>Which devices there are: the n-th is always the same one, so that a restart finds its devices again.</summary>
internal static class Catalogue
{
    private static readonly string[] Areas = ["Hall", "Kitchen", "Living room", "Bedroom", "Bath", "Study", "Garden", "Attic"];
    private static readonly Func<int, SimulatedDevice>[] Kinds = [Lamp, Thermostat, Shutter, Sensor, Doorbell, Lock, Plug, Panel, Dimmer, Strip];

    /// <summary>The n-th device, counted from 1.</summary>
    public static SimulatedDevice Make(int number) => Kinds[(number - 1) % Kinds.Length](number);

    private static string AreaOf(int number) => Areas[(number - 1) / Kinds.Length % Areas.Length];

    private static SimulatedDevice Device(int number, string type, string what, string model, params IReadOnlyList<SimulatedEntity> entities) =>
        new(new DeviceId(type, $"sim_{number}"), $"{AreaOf(number)} {what} {number}", model, AreaOf(number), entities);

    private static SimulatedDevice Lamp(int number) =>
        Device(number, "lamp", "lamp", "Simulated colour lamp", new LightEntity("light", ["color_temp", "hs"], ["rainbow", "candle"]));

    private static SimulatedDevice Dimmer(int number) => Device(number, "lamp", "dimmer", "Simulated dimmer", new LightEntity("light", ["brightness"], []));

    private static SimulatedDevice Strip(int number) => Device(number, "lamp", "strip", "Simulated LED strip", new LightEntity("light", ["rgbww"], ["rainbow"]));

    private static SimulatedDevice Thermostat(int number)
    {
        var heating = new ClimateEntity("heating");
        return Device(
            number, "climate", "thermostat", "Simulated thermostat", heating,
            new SensorEntity("temperature", "Temperature", "temperature", "°C", 0, 40, follows: () => heating.Room),
            new SensorEntity("humidity", "Humidity", "humidity", "%", 35, 65));
    }

    private static SimulatedDevice Shutter(int number) => Device(number, "cover", "shutter", "Simulated shutter", new CoverEntity("shutter"));

    private static SimulatedDevice Sensor(int number) => Device(
        number, "sensor", "sensor", "Simulated multi-sensor",
        new SensorEntity("temperature", "Temperature", "temperature", "°C", 16, 26),
        new SensorEntity("humidity", "Humidity", "humidity", "%", 30, 70),
        new SensorEntity("illuminance", "Illuminance", "illuminance", "lx", 0, 800),
        new BinarySensorEntity("motion", "Motion", "motion"));

    private static SimulatedDevice Doorbell(int number)
    {
        var bell = new EventEntity("doorbell");
        return Device(number, "doorbell", "doorbell", "Simulated doorbell", bell, new ButtonEntity("test", "Ring", bell.Fire));
    }

    private static SimulatedDevice Lock(int number) =>
        Device(number, "lock", "lock", "Simulated lock", new LockEntity("lock"), new BinarySensorEntity("door", "Door", "door"));

    private static SimulatedDevice Plug(int number)
    {
        var outlet = new SwitchEntity("outlet");
        return Device(
            number, "plug", "plug", "Simulated plug", outlet,
            new SensorEntity("power", "Power", "power", "W", 0, 100, follows: () => outlet.IsOn ? 42.5 : 0));
    }

    private static SimulatedDevice Panel(int number) => Device(
        number, "panel", "panel", "Simulated panel",
        new NumberEntity("volume", "Volume"), new SelectEntity("source", "Source", ["radio", "tv", "phone"]), new TextEntity("message", "Message"));
}
