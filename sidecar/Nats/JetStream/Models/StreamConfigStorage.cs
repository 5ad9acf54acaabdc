using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>Where messages are kept.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StreamConfigStorage>))]
public enum StreamConfigStorage
{
    /// <summary>In files: they survive a restart.</summary>
    File,

    /// <summary>In memory.</summary>
    Memory,
}
