using System.Globalization;
using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>The router's own failures, in words for the person who pressed the button.</summary>
internal static class Outcomes
{
    public static Answer UnknownDevice(string device) => Failed(CommandCodes.InvalidCommand, $"There is no device {device}.");

    public static Answer UnknownEntity(string name, string key) => Failed(CommandCodes.InvalidCommand, $"{name} has no entity {key}.");

    public static Answer InvalidDeadline { get; } = Failed(CommandCodes.InvalidParameter, "deadline_ms: expected 100 to 60000.");

    public static Answer Busy(string name) => Failed(CommandCodes.Busy, $"{name} is still working on earlier commands.", retryable: true);

    public static Answer RateLimited(string name, TimeSpan? retryAfter) =>
        Failed(CommandCodes.RateLimited, $"{name} gets too many commands.", retryable: true) with { RetryAfter = retryAfter };

    public static Answer LinkDown { get; } = Failed(CommandCodes.DeviceOffline, "The bridge has no connection to NATS; the command was not sent.", retryable: true);

    public static Answer LinkLost(string name) =>
        Failed(CommandCodes.UnknownOutcome, $"The connection to NATS was lost before {name} answered; whether it did it is not known.");

    public static Answer BridgeStops(string name) =>
        Failed(CommandCodes.UnknownOutcome, $"The bridge was stopped before {name} answered; whether it did it is not known.");

    public static Answer NobodyListens(string name, bool online) => (online
        ? Failed(CommandCodes.NoResponders, $"{name} does not listen for commands.", retryable: true)
        : Failed(CommandCodes.DeviceOffline, $"{name} is offline.", retryable: true)) with { IsUnheard = true };

    /// <summary>It was sent, so it may have been done: only what may be done twice may be tried again.</summary>
    public static Answer NoAnswer(string name, bool online, TimeSpan deadline, bool idempotent) => online
        ? Failed(CommandCodes.Timeout, $"{name} did not answer within {Seconds(deadline)} s", idempotent)
        : Failed(CommandCodes.DeviceOffline, $"{name} is offline and did not answer within {Seconds(deadline)} s", idempotent);

    public static Answer Denied(string permission) => Failed(
        CommandCodes.Unauthorized, $"The NATS server does not let the bridge {permission}: its user lacks that permission.");

    public static Answer NotSent(string reason) => Failed(CommandCodes.InternalError, $"The command could not be sent: {reason}");

    public static Answer Failed(string code, string message, bool retryable = false) => new() { Ok = false, Code = code, Message = message, Retryable = retryable };

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture);
}
