using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>Where a client resumes: the argument of Listen (contract/protocol.md).</summary>
/// <param name="Epoch">The last epoch that it saw.</param>
/// <param name="Since">The <c>seq</c> of the last frame that it has applied whole.</param>
/// <param name="LastEvent">The highest event id that it has seen.</param>
/// <param name="EventEpoch">The numbering of that id.</param>
public sealed record ListenRequest(string? Epoch = null, long? Since = null, ulong? LastEvent = null, string? EventEpoch = null)
{
    private const string Shape = "{\"epoch\", \"since\", \"last_event\", \"event_epoch\"} as they were received, or null;"
        + " {\"devices\", \"except\"} lists of patterns, or null";

    /// <summary>Patterns of the devices that the client wants, such as <c>sensor.*</c>; null or empty: all.</summary>
    public IReadOnlyList<string?>? Devices { get; init; }

    /// <summary>Patterns of devices that it does not want, also where they fit <see cref="Devices"/>.</summary>
    public IReadOnlyList<string?>? Except { get; init; }

    /// <summary>Everything, and none of the past events.</summary>
    public static ListenRequest FromTheStart { get; } = new();

    /// <summary>Reads the argument; null and undefined stand for the first time.</summary>
    public static bool TryRead(
        JsonElement argument, [NotNullWhen(true)] out ListenRequest? listen, [NotNullWhen(false)] out ProtocolError? error)
    {
        listen = FromTheStart;
        error = null;
        return argument.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined
            || ProtocolJson.TryRead(argument, "listen", Shape, ProtocolJson.Default.ListenRequest, out listen, out error);
    }
}
