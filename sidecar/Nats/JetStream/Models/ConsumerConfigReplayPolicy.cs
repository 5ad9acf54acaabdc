using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>How fast stored messages are delivered.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ConsumerConfigReplayPolicy>))]
public enum ConsumerConfigReplayPolicy
{
    /// <summary>As fast as possible.</summary>
    Instant,

    /// <summary>With the pauses with which they were stored.</summary>
    Original,
}
