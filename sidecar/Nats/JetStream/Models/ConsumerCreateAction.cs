using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>Whether a request may create, update, or both (server 2.10; older servers do both).</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ConsumerCreateAction>))]
public enum ConsumerCreateAction
{
    /// <summary>Either.</summary>
    CreateOrUpdate,

    /// <summary>Only a new consumer, or one that exists with this very configuration.</summary>
    Create,

    /// <summary>Only one that exists.</summary>
    Update,
}
