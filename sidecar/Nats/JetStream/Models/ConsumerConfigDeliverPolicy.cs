using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>Where in the stream a consumer starts.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ConsumerConfigDeliverPolicy>))]
public enum ConsumerConfigDeliverPolicy
{
    /// <summary>At the first message.</summary>
    All,

    /// <summary>At the last message.</summary>
    Last,

    /// <summary>After the last message.</summary>
    New,

    /// <summary>At <see cref="ConsumerConfig.OptStartSeq"/>.</summary>
    ByStartSequence,

    /// <summary>At the first message stored at or after <see cref="ConsumerConfig.OptStartTime"/>.</summary>
    ByStartTime,

    /// <summary>At the last message of each subject that the filter matches.</summary>
    LastPerSubject,
}
