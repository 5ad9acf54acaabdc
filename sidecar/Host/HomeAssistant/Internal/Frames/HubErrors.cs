using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Commands;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Frames;

/// <summary>The errors that the hub itself makes.</summary>
internal static class HubErrors
{
    public static ProtocolError HelloFirst { get; } =
        new(ProtocolCodes.HelloFirst, "the first call of a connection is Hello");

    public static ProtocolError NotReady { get; } =
        new(ProtocolCodes.NotReady, "the bridge has not read its state from NATS yet", true, RetryAfter("1"));

    public static ProtocolError TooSlow { get; } =
        new(ProtocolCodes.TooSlow, "this client did not read for 60 s; it may come back and resume", true, RetryAfter("0"));

    public static ProtocolError Shutdown { get; } = ControlFrames.Shutdown(2);

    public static ProtocolError Replaced { get; } =
        new(CommandCodes.InvalidCommand, "a second Listen of this connection took over");

    public static ProtocolError NotStored { get; } =
        new(ProtocolCodes.NotStored, "JetStream did not take all of it; report it again", true, RetryAfter("1"));

    public static ProtocolError NotRemoved { get; } =
        new(ProtocolCodes.NotStored, "JetStream did not store the removal; try again", true, RetryAfter("1"));

    public static ProtocolError Failed { get; } =
        new(CommandCodes.InternalError, "the bridge failed at this call; its log says why");

    /// <summary>
    /// <c>{"reason", …its words, "retry_after": seconds}</c> of a command that failed; empty where there is none of it.
    /// </summary>
    public static RawJson DetailsOf(CommandOutcome outcome)
    {
        var details = new JsonObject();
        if (outcome.Reason is { } reason)
        {
            details["reason"] = reason;
            foreach (var (word, value) in outcome.Words ?? [])
            {
                details[word] = value?.DeepClone();
            }
        }

        if (outcome.RetryAfter is { } after)
        {
            details["retry_after"] = Math.Ceiling(after.TotalMilliseconds) / 1000;
        }

        return details.Count == 0 ? default : new RawJson(JsonSerializer.SerializeToUtf8Bytes(details));
    }

    private static RawJson RetryAfter(string seconds) => new(Encoding.UTF8.GetBytes($"{{\"retry_after\":{seconds}}}"));
}
