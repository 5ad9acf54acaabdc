using System.Globalization;
using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>The sidecar's own errors, in words for the person who pressed the button.</summary>
internal static class CommandErrors
{
    public static CommandOutcome InvalidDeadline { get; } = Failed(CommandCodes.InvalidParameter, "deadline_ms: expected 100 to 60000.");

    public static CommandOutcome NoLink { get; } =
        Failed(CommandCodes.DeviceOffline, "The bridge has no connection to NATS; the command was not sent.", retryable: true);

    public static CommandOutcome UnknownDevice(string device) => Failed(CommandCodes.InvalidCommand, $"There is no device {device}.");

    public static CommandOutcome UnknownEntity(string name, string key) => Failed(CommandCodes.InvalidCommand, $"{name} has no entity {key}.");

    public static CommandOutcome QueueFull(string name, int waiting, TimeSpan retryAfter) =>
        Failed(CommandCodes.RateLimited, $"{name} gets too many commands: {waiting} are waiting.", retryable: true) with { RetryAfter = retryAfter };

    public static CommandOutcome StillBusy(string name, TimeSpan deadline) =>
        Failed(CommandCodes.Busy, $"{name} was busy with earlier commands for {Seconds(deadline)} s; this one was not sent.", retryable: true);

    public static CommandOutcome LinkLost(string name) =>
        Failed(CommandCodes.UnknownOutcome, $"The connection to NATS was lost before {name} answered; whether it did it is not known.");

    public static CommandOutcome Stopping(string name) =>
        Failed(CommandCodes.UnknownOutcome, $"The bridge was stopped before {name} answered; whether it did it is not known.");

    public static CommandOutcome NoResponders(string name, bool online) => (online
        ? Failed(CommandCodes.NoResponders, $"{name} does not listen for commands.", retryable: true)
        : Failed(CommandCodes.DeviceOffline, $"{name} is offline.", retryable: true)) with { HasNoResponders = true };

    /// <summary>It was sent, so it may have been carried out: only what may be done twice may be tried again.</summary>
    public static CommandOutcome NoAnswer(string name, bool online, TimeSpan deadline, bool idempotent) => online
        ? Failed(CommandCodes.Timeout, $"{name} did not answer within {Seconds(deadline)} s", idempotent)
        : Failed(CommandCodes.DeviceOffline, $"{name} is offline and did not answer within {Seconds(deadline)} s", idempotent);

    public static CommandOutcome Denied(string permission) => Failed(
        CommandCodes.Unauthorized, $"The NATS server does not let the bridge {permission}: its user lacks that permission.");

    public static CommandOutcome NotSent(string reason) => Failed(CommandCodes.InternalError, $"The command could not be sent: {reason}");

    public static CommandOutcome Failed(string code, string message, bool retryable = false) =>
        new() { Ok = false, Code = code, Message = message, Retryable = retryable };

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture);
}
