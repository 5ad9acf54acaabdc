using System.Text.Json.Serialization;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream.Models;

/// <summary>When messages leave a stream.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StreamConfigRetention>))]
public enum StreamConfigRetention
{
    /// <summary>When a limit is reached.</summary>
    Limits,

    /// <summary>When every consumer acknowledged them.</summary>
    Interest,

    /// <summary>When one consumer acknowledged them.</summary>
    Workqueue,
}
