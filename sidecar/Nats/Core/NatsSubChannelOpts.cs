using System.Threading.Channels;

namespace NATS.Client.Core;

/// <summary>Bounds of one subscription's channel; what is left out comes from <see cref="NatsOpts"/>.</summary>
public record NatsSubChannelOpts
{
    public BoundedChannelFullMode? FullMode { get; init; }

    /// <summary>Messages that may wait.</summary>
    public int? Capacity { get; init; }
}
