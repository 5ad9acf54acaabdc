using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaNatsBridge.Host.Fleet.Internal;

/// <summary>What <c>fleet.json</c> holds. No secrets: public keys and hashes.</summary>
internal sealed record FleetFile(int Format, IReadOnlyList<FleetFile.Entry> Credentials)
{
    /// <summary>Raise it when an older sidecar could no longer read it.</summary>
    public const int CurrentFormat = 3;

    /// <summary>The format of a file without devices that come by MQTT.</summary>
    public const int WithoutMqtt = 2;

    /// <summary>The format of a file without client programs: an older sidecar reads it.</summary>
    public const int WithoutClients = 1;

    /// <summary>One credential.</summary>
    internal sealed record Entry(
        string Name, string Login, string? PasswordHash, string Type, IReadOnlyList<string> Devices, DateTimeOffset Created,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ClientRights? Client = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MqttTopics? Mqtt = null);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FleetFile))]
internal sealed partial class FleetJson : JsonSerializerContext;
