using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Mqtt.Home;

namespace HaNatsBridge.Mqtt.Devices;

/// <summary>A device that discovery messages describe, with everything that belongs to it.</summary>
internal sealed class ForeignDevice(DeviceId id)
{
    /// <summary>Its identity in the home.</summary>
    public DeviceId Id => id;

    /// <summary>What identifies it on MQTT: identifiers and connections.</summary>
    public HashSet<string> Identities { get; } = new(StringComparer.Ordinal);

    /// <summary>The member <c>device</c> of the latest message; null for a component without one.</summary>
    public JsonObject? Options { get; set; }

    /// <summary>The name where the message has no device: the component's.</summary>
    public string? OwnName { get; set; }

    /// <summary>What belongs to it.</summary>
    public List<Part> Parts { get; } = [];

    /// <summary>Whether its description has changed since it was told.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Whether the home has been told of it.</summary>
    public bool IsDescribed { get; set; }
}
