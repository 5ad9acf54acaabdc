using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Discovery;

namespace HaNatsBridge.Mqtt.Devices;

/// <summary>
/// Which device a component belongs to. Messages that share one identifier or connection mean the same device, as in Home
/// Assistant's registry.
/// </summary>
/// <param name="type">The type of all devices in the home: <c>mqtt</c>.</param>
internal sealed class DeviceBook(string type)
{
    private readonly Dictionary<string, ForeignDevice> _byIdentity = new(StringComparer.Ordinal);
    private readonly Dictionary<DeviceId, ForeignDevice> _all = [];

    /// <summary>All devices.</summary>
    public IReadOnlyCollection<ForeignDevice> All => _all.Values;

    /// <summary>The device of a component, made where there is none yet.</summary>
    public ForeignDevice DeviceOf(DiscoveredComponent component, JsonObject? options)
    {
        var identities = IdentitiesOf(options);
        if (identities.Count == 0)
        {
            identities.Add($"component {component.Component} {component.Id}");
        }

        var device =
            identities.Select(identity => _byIdentity.GetValueOrDefault(identity)).FirstOrDefault(found => found is not null)
            ?? Add(identities[0]);
        foreach (var identity in identities)
        {
            device.Identities.Add(identity);
            _byIdentity.TryAdd(identity, device);
        }

        return device;
    }

    /// <summary>The device with this identifier; null where none has it.</summary>
    public ForeignDevice? Find(string identifier) => _byIdentity.GetValueOrDefault($"identifier {identifier}");

    /// <summary>The device with this id; null where there is none.</summary>
    public ForeignDevice? Find(DeviceId id) => _all.GetValueOrDefault(id);

    /// <summary>Forgets a device.</summary>
    public void Remove(ForeignDevice device)
    {
        _all.Remove(device.Id);
        foreach (var identity in device.Identities.Where(identity => _byIdentity.GetValueOrDefault(identity) == device))
        {
            _byIdentity.Remove(identity);
        }
    }

    private ForeignDevice Add(string identity)
    {
        // "identifier 0x1234", "connection mac 02:00:…" or "component sensor x": the words before it are ours.
        var token = MqttNames.TokenOf(identity[(identity.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        var id = new DeviceId(type, token);
        if (_all.ContainsKey(id))
        {
            id = new DeviceId(type, MqttNames.TokenOf(identity));
        }

        var device = new ForeignDevice(id);
        _all[id] = device;
        return device;
    }

    private static List<string> IdentitiesOf(JsonObject? options)
    {
        // A child is a device of its own.
        var owner = options?["child_device"] as JsonObject ?? options;
        var found = new List<string>();
        foreach (var one in owner?["identifiers"] is JsonArray list ? [.. list] : new[] { owner?["identifiers"] })
        {
            if (OptionReader.TextOf(one) is { Length: > 0 } identifier)
            {
                found.Add($"identifier {identifier}");
            }
        }

        foreach (var one in owner?["connections"] as JsonArray ?? [])
        {
            if (one is JsonArray { Count: 2 } pair
                && OptionReader.TextOf(pair[0]) is { } kind && OptionReader.TextOf(pair[1]) is { } value)
            {
                found.Add($"connection {kind} {value.ToLowerInvariant()}");
            }
        }

        return found;
    }
}
