using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>Which devices there are: the n-th is always the same one, so that a restart finds its devices again.</summary>
internal static class Catalogue
{
    private static readonly string[] Areas = ["Hall", "Kitchen", "Living room", "Bedroom", "Bath", "Study", "Garden", "Attic"];
    private static readonly Kind[] Kinds = WithExamples(
    [
        new("lamp", "lamp", "Simulated colour lamp", () =>
            [new LightEntity("light", ["color_temp", "hs"], ["rainbow", "candle"])]),
        new("climate", "thermostat", "Simulated thermostat", Thermostat),
        new("cover", "shutter", "Simulated shutter", () => [new CoverEntity("shutter")]),
        new("sensor", "sensor", "Simulated multi-sensor", () =>
        [
            new SensorEntity("temperature", "Temperature", "temperature", "°C", 16, 26),
            new SensorEntity("humidity", "Humidity", "humidity", "%", 30, 70),
            new SensorEntity("illuminance", "Illuminance", "illuminance", "lx", 0, 800),
            new BinarySensorEntity("motion", "Motion", "motion"),
        ]),
        new("doorbell", "doorbell", "Simulated doorbell", Doorbell),
        new("lock", "lock", "Simulated lock", () => [new LockEntity("lock"), new BinarySensorEntity("door", "Door", "door")]),
        new("plug", "plug", "Simulated plug", Plug),
        new("panel", "panel", "Simulated panel", () =>
        [
            new NumberEntity("volume", "Volume"),
            new SelectEntity("source", "Source", ["radio", "tv", "phone"]),
            new TextEntity("message", "Message"),
        ]),
        new("lamp", "dimmer", "Simulated dimmer", () => [new LightEntity("light", ["brightness"], [])]),
        new("lamp", "strip", "Simulated LED strip", () => [new LightEntity("light", ["rgbww"], ["rainbow"])]),
    ]);

    /// <summary>How many kinds there are: so many devices have every platform.</summary>
    public static int Count => Kinds.Length;

    /// <summary>The n-th device, counted from 1.</summary>
    public static SimulatedDevice Make(int number, TimeProvider time)
    {
        var kind = Kinds[(number - 1) % Kinds.Length];
        var area = Areas[(number - 1) / Kinds.Length % Areas.Length];
        var fields = SimulatedDevice.Fields($"{char.ToUpperInvariant(kind.What[0])}{kind.What[1..]} {number}", kind.Model, area);
        return new SimulatedDevice(new DeviceId(kind.Type, $"sim_{number}"), fields, kind.Entities(), new Random(number), time);
    }

    /// <summary>Adds a device for each platform that the others do not have.</summary>
    private static Kind[] WithExamples(Kind[] kinds)
    {
        var there = kinds.SelectMany(kind => kind.Entities()).Select(entity => entity.Platform).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. kinds,
            .. Examples.Platforms.Where(platform => !there.Contains(platform)).Select(platform => new Kind(
                "example", platform.Replace('_', ' '), $"Simulated {platform}", () => Examples.Entities(platform))),
        ];
    }

    private static SimulatedEntity[] Thermostat()
    {
        var heating = new ClimateEntity("heating");
        return
        [
            heating,
            new SensorEntity("temperature", "Temperature", "temperature", "°C", 0, 40, follows: () => heating.Room),
            new SensorEntity("humidity", "Humidity", "humidity", "%", 35, 65),
        ];
    }

    private static SimulatedEntity[] Doorbell()
    {
        var bell = new EventEntity("doorbell");
        return [bell, new ButtonEntity("test", "Ring", bell.Fire)];
    }

    private static SimulatedEntity[] Plug()
    {
        var outlet = new SwitchEntity("outlet");
        return [outlet, new SensorEntity("power", "Power", "power", "W", 0, 100, follows: () => outlet.IsOn ? 42.5 : 0)];
    }

    private sealed record Kind(string Type, string What, string Model, Func<SimulatedEntity[]> Entities);
}
