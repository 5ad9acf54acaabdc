using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>What happens when a limit is reached.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StreamConfigDiscard>))]
public enum StreamConfigDiscard
{
    /// <summary>The oldest messages are removed.</summary>
    Old,

    /// <summary>New messages are refused.</summary>
    New,
}
