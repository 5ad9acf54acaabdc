using System.Globalization;
using HaNatsBridge.Contract.Identity;
using NATS.Client.Core;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>What the headers of a stored state say.</summary>
internal static class StateMessage
{
    public const string SourceHeader = "Nats-Stream-Source";
    public const string RemovedHeader = HomeHeaders.Removed;

    /// <summary>Whether it says that the state was forgotten (contract.md, "State").</summary>
    public static bool IsRemoval(NatsHeaders? headers) => headers is not null && headers.ContainsKey(RemovedHeader);

    /// <summary>
    /// The sequence in the stream that a message was sourced from: the second word of <c>{stream}[:{hash}] {sequence} …</c>; 0 when there is none.
    /// </summary>
    public static ulong SourceSequence(NatsHeaders? headers) =>
        headers is not null && headers.TryGetValue(SourceHeader, out var value) ? SourceSequence(value.ToString()) : 0;

    /// <summary>The same, of the header's value.</summary>
    public static ulong SourceSequence(ReadOnlySpan<char> value)
    {
        var space = value.IndexOf(' ');
        if (space < 0)
        {
            return 0;
        }

        var rest = value[(space + 1)..];
        var end = rest.IndexOf(' ');
        return ulong.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : 0;
    }
}
