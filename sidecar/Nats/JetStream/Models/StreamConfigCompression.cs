using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>How files are compressed (server 2.10).</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StreamConfigCompression>))]
public enum StreamConfigCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>With S2.</summary>
    S2,
}
