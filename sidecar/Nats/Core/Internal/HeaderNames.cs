using System.Text;

namespace NATS.Client.Core.Internal;

/// <summary>The names that servers write again and again need no new string each time; they are compared byte by byte, so that any other spelling stays as it came.</summary>
internal static class HeaderNames
{
    private static readonly string[] WellKnown =
    [
        "Nats-Stream", "Nats-Msg-Id", "Nats-Subject", "Nats-Sequence", "Nats-Rollup", "Nats-TTL", "Nats-Time-Stamp", "Nats-Num-Pending", "Nats-Last-Sequence", "Nats-Stream-Source",
        "Nats-Last-Consumer", "Nats-Last-Stream", "Nats-Pending-Messages", "Nats-Pending-Bytes", "Nats-Marker-Reason", "KV-Operation", "Status", "traceparent", "tracestate",
    ];

    public static string Get(ReadOnlySpan<byte> name)
    {
        foreach (var known in WellKnown)
        {
            if (known.Length == name.Length && Ascii.Equals(name, known))
            {
                return known;
            }
        }

        return Encoding.ASCII.GetString(name);
    }
}
