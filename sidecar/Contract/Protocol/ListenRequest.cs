using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>From where on a client wants to hear: the argument of Listen (contract/protocol.md).</summary>
/// <param name="Epoch">The last epoch that it saw.</param>
/// <param name="Since">The <c>seq</c> of the last frame that it has applied whole.</param>
/// <param name="LastEvent">The highest event id that it has seen.</param>
/// <param name="EventEpoch">The numbering of that id.</param>
public sealed record ListenRequest(string? Epoch, long? Since, ulong? LastEvent, string? EventEpoch = null)
{
    /// <summary>Everything, and none of the past events.</summary>
    public static ListenRequest FromTheStart { get; } = new(null, null, null);

    /// <summary>Reads the argument; null and undefined stand for the first time.</summary>
    public static bool TryRead(JsonElement argument, [NotNullWhen(true)] out ListenRequest? listen, [NotNullWhen(false)] out ProtocolError? error)
    {
        listen = FromTheStart;
        error = null;
        if (argument.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
        {
            return true;
        }

        error = ProtocolArguments.Unreadable(argument, "listen");
        if (error is not null)
        {
            listen = null;
            return false;
        }

        var lastEvent = JsonFields.Whole(argument, "last_event");
        listen = new ListenRequest(
            JsonFields.Text(argument, "epoch"), JsonFields.Whole(argument, "since"), lastEvent is >= 0 ? (ulong)lastEvent : null,
            JsonFields.Text(argument, "event_epoch"));
        return true;
    }
}
