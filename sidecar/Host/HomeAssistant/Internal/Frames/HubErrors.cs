using System.Globalization;
using System.Text;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Protocol;

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

    /// <summary><c>{"retry_after": seconds}</c>, rounded up to milliseconds; empty where it is not known.</summary>
    public static RawJson RetryAfter(TimeSpan? after) => after is { } span
        ? RetryAfter((Math.Ceiling(span.TotalMilliseconds) / 1000).ToString("0.###", CultureInfo.InvariantCulture))
        : default;

    private static RawJson RetryAfter(string seconds) => new(Encoding.UTF8.GetBytes($"{{\"retry_after\":{seconds}}}"));
}
