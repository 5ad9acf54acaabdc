using System.Globalization;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>A state or health message, from whichever stream it was read.</summary>
internal readonly ref struct StateMessage
{
    private const string SourceHeader = "Nats-Stream-Source";

    /// <summary>Where only headers were read: the size of the payload.</summary>
    private const string SizeHeader = "Nats-Msg-Size";

    /// <summary>What a message takes in a stream besides its parts, about; with the header that names its source.</summary>
    private const int Overhead = 128;

    /// <summary>Its subject.</summary>
    public required string Subject { get; init; }

    /// <summary>What the device published, whatever it is.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Its sequence in HOME_TELEMETRY.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>
    /// How long ago it was stored; zero for one that came while the stream was followed. Of a copy: at least so long ago.
    /// </summary>
    public TimeSpan Age { get; init; }

    /// <summary>Whether it was read from HOME_STATE, where a message's time is the copy's.</summary>
    public bool IsCopy { get; init; }

    /// <summary>Whether it carries <c>Bridge-Removed</c>: the state is gone (docs/devices.md, "State").</summary>
    public bool IsRemoval { get; init; }

    /// <summary>What it takes in HOME_STATE, about.</summary>
    public int Bytes { get; init; }

    /// <summary>A message of HOME_TELEMETRY.</summary>
    public static StateMessage FromTelemetry(in StreamMessage message) => From(message, message.Sequence, isCopy: false);

    /// <summary>A message of HOME_STATE, which names the sequence that it was copied from.</summary>
    public static StateMessage FromStates(in StreamMessage message)
    {
        var source = message.Headers is { } headers && headers.TryGetValue(SourceHeader, out var value) ? value.ToString() : "";
        return From(message, SourceSequence(source), isCopy: true);
    }

    /// <summary>The second word of <c>{stream}[:{hash}] {sequence} …</c>; 0 when there is none.</summary>
    internal static ulong SourceSequence(ReadOnlySpan<char> value)
    {
        var space = value.IndexOf(' ');
        if (space < 0)
        {
            return 0;
        }

        var rest = value[(space + 1)..];
        var end = rest.IndexOf(' ');
        var word = end < 0 ? rest : rest[..end];
        return ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : 0;
    }

    private static StateMessage From(in StreamMessage message, ulong sequence, bool isCopy) => new()
    {
        Subject = message.Subject,
        Payload = message.Payload,
        Sequence = sequence,
        Age = message.Age,
        IsCopy = isCopy,
        IsRemoval = message.Headers is { } headers && headers.ContainsKey(HomeHeaders.Removed),
        Bytes = Overhead + message.Subject.Length + message.Payload.Length + HeaderBytes(message.Headers),
    };

    private static int HeaderBytes(NatsHeaders? headers)
    {
        var bytes = 0;
        foreach (var (name, values) in headers ?? [])
        {
            if (name == SizeHeader)
            {
                bytes += int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;
            }
            else if (name != SourceHeader)
            {
                bytes += name.Length + values.ToString().Length;
            }
        }

        return bytes;
    }
}
