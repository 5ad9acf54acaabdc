using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>How pulls of a priority group are served (ADR-42, server 2.11).</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ConsumerConfigPriorityPolicy>))]
public enum ConsumerConfigPriorityPolicy
{
    /// <summary>Without priorities.</summary>
    None,

    /// <summary>Only when enough messages wait.</summary>
    Overflow,

    /// <summary>One client at a time.</summary>
    PinnedClient,

    /// <summary>By the priority of each pull (server 2.12).</summary>
    Prioritized,
}
