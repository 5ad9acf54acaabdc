using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>How messages are acknowledged.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ConsumerConfigAckPolicy>))]
public enum ConsumerConfigAckPolicy
{
    /// <summary>Each message on its own.</summary>
    Explicit,

    /// <summary>A message acknowledges all before it.</summary>
    All,

    /// <summary>Delivered is done: nothing is acknowledged and nothing redelivered.</summary>
    None,

    /// <summary>The flow control of a consumer by which a server copies a stream (ADR-60, server 2.14); not for consumers of one's own.</summary>
    FlowControl,
}
