using System.Globalization;
using NATS.Client.Core;

namespace NATS.Client.KeyValueStore.Internal;

/// <summary>The headers of buckets (ADR-8, ADR-48).</summary>
internal static class KVHeaders
{
    internal const string Operation = "KV-Operation";
    internal const string Rollup = "Nats-Rollup";
    internal const string MarkerReason = "Nats-Marker-Reason";
    internal const string TimeToLive = "Nats-TTL";
    internal const string Sequence = "Nats-Sequence";
    internal const string TimeStamp = "Nats-Time-Stamp";
    internal const string Subject = "Nats-Subject";

    internal static NatsKVOperation OperationOf(NatsHeaders? headers)
    {
        if (headers is null)
        {
            return NatsKVOperation.Put;
        }

        if (headers.TryGetValue(Operation, out var operation))
        {
            // Whatever a newer client may write there, the value is gone (ADR-8).
            return operation.ToString() switch
            {
                "" or "PUT" => NatsKVOperation.Put,
                "PURGE" => NatsKVOperation.Purge,
                _ => NatsKVOperation.Del,
            };
        }

        // A marker that the server left: ADR-48 maps its reason to an operation.
        return headers.TryGetValue(MarkerReason, out var reason)
            ? reason.ToString() is "Remove" ? NatsKVOperation.Del : NatsKVOperation.Purge
            : NatsKVOperation.Put;
    }

    /// <summary>Whole seconds, as the server counts them; <see cref="TimeSpan.MaxValue"/> is "never" (ADR-43).</summary>
    internal static string FormatTimeToLive(TimeSpan ttl)
    {
        if (ttl == TimeSpan.MaxValue)
        {
            return "never";
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.FromSeconds(1));
        return string.Create(CultureInfo.InvariantCulture, $"{(long)Math.Ceiling(ttl.TotalSeconds)}s");
    }
}
