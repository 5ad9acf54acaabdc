using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Fleet;

/// <summary>A credential, without its secret.</summary>
/// <param name="Name"><c>climate.hall</c> of a device, <c>zigbee.*</c> of a gateway for a whole type, <c>panel</c> of a client
/// program.</param>
/// <param name="Login">As the server knows it: a public NKey (<c>U…</c>), or the user's name.</param>
/// <param name="PasswordHash">A bcrypt hash; null for an NKey.</param>
/// <param name="Type">The type of the device or of all the gateway's devices; empty for a client program.</param>
/// <param name="Devices">The devices that it speaks for, its own first; empty for a gateway, a client program and a
/// device that comes by MQTT: its messages are read, and what they describe joins the home as <c>mqtt.…</c>.</param>
/// <param name="Created">When it was made.</param>
public sealed record Credential(
    string Name, string Login, string? PasswordHash, string Type, IReadOnlyList<DeviceId> Devices, DateTimeOffset Created)
{
    /// <summary>What a client program may do in Home Assistant; null: it is a device's or a gateway's.</summary>
    public ClientRights? Client { get; init; }

    /// <summary>The topics of a device that comes by MQTT; null: it comes by NATS.</summary>
    public MqttTopics? Mqtt { get; init; }

    /// <summary>Whether it is for every device of its type.</summary>
    public bool IsGateway => Client is null && Mqtt is null && Devices.Count == 0;

    /// <summary>
    /// The inbox prefix that its client must set: with the usual <c>_INBOX</c> it would read its neighbours' answers. Empty for MQTT.
    /// </summary>
    public string InboxPrefix => Client is not null ? HomeSubjects.InboxOfClient(Name)
        : Mqtt is not null ? "" : IsGateway ? $"_INBOX.{Type}" : HomeSubjects.InboxOf(Devices[0]);

    /// <summary>Whether it speaks for a device.</summary>
    public bool Covers(DeviceId device) => IsGateway ? Type == device.Type : Client is null && Devices.Contains(device);

    /// <summary>Without the hash.</summary>
    public override string ToString() => Name;
}
