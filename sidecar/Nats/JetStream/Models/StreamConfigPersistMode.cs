using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>When a stored message is acknowledged (server 2.12).</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StreamConfigPersistMode>))]
public enum StreamConfigPersistMode
{
    /// <summary>After it is written.</summary>
    Default,

    /// <summary>Before it is written to disk.</summary>
    Async,
}
