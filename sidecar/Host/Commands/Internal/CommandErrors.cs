using System.Globalization;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Pictures;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// The sidecar's own errors, in words for the person who pressed the button, and with the reason by which a client finds them in
/// the person's language.
/// </summary>
internal static class CommandErrors
{
    public static CommandOutcome InvalidDeadline { get; } = Failed(
        CommandCodes.InvalidParameter, "deadline_ms: expected 100 to 60000.") with
    {
        Reason = CommandReasons.InvalidParameter,
        Words = new() { ["parameter"] = "deadline_ms", ["problem"] = "expected 100 to 60000" },
    };

    public static CommandOutcome NoLink { get; } = Failed(
        CommandCodes.DeviceOffline, "The bridge has no connection to NATS; the command was not sent.", retryable: true) with
    {
        Reason = CommandReasons.NotLinked,
    };

    public static CommandOutcome TooLarge { get; } = Failed(
        CommandCodes.InvalidParameter, "The command is larger than the server takes.") with
    {
        Reason = CommandReasons.TooLarge,
    };

    public static CommandOutcome UnknownDevice(string device) =>
        Failed(CommandCodes.InvalidCommand, $"There is no device {device}.") with { Reason = CommandReasons.UnknownEntity };

    public static CommandOutcome UnknownEntity(string name, string key) =>
        Failed(CommandCodes.InvalidCommand, $"{name} has no entity {key}.") with { Reason = CommandReasons.UnknownEntity };

    /// <summary>It does not fit the description.</summary>
    public static CommandOutcome Invalid(CommandProblem problem)
    {
        var isCommand = problem.Code == CommandCodes.InvalidCommand;
        return Failed(problem.Code, $"{problem.Path}: {problem.Message}") with
        {
            Reason = isCommand ? CommandReasons.InvalidCommand : CommandReasons.InvalidParameter,
            Words = new() { ["parameter"] = problem.Path.Replace("params.", "", StringComparison.Ordinal), ["problem"] = problem.Message },
        };
    }

    public static CommandOutcome QueueFull(string name, int waiting, TimeSpan retryAfter) => Failed(
        CommandCodes.RateLimited, $"{name} gets too many commands: {waiting} are waiting.", retryable: true) with
    {
        Reason = CommandReasons.QueueFull, Words = new() { ["waiting"] = waiting }, RetryAfter = retryAfter,
    };

    public static CommandOutcome StillBusy(string name, TimeSpan deadline) => Failed(
        CommandCodes.Busy,
        $"{name} was busy with earlier commands for {Seconds(deadline)} s; this one was not sent.",
        retryable: true) with
    {
        Reason = CommandReasons.Busy, Words = Within(deadline),
    };

    public static CommandOutcome LinkLost(string name) => Failed(
        CommandCodes.UnknownOutcome,
        $"The connection to NATS was lost before {name} answered; whether it did it is not known.") with
    {
        Reason = CommandReasons.LinkLost,
    };

    public static CommandOutcome Stopping(string name) => Failed(
        CommandCodes.UnknownOutcome, $"The bridge was stopped before {name} answered; whether it did it is not known.") with
    {
        Reason = CommandReasons.Stopping,
    };

    public static CommandOutcome NoResponders(string name, bool online) => (online
        ? Failed(CommandCodes.NoResponders, $"{name} does not listen for commands.", retryable: true)
        : Offline(name, retryable: true)) with
    {
        Reason = online ? CommandReasons.NotListening : CommandReasons.Offline, HasNoResponders = true,
    };

    /// <summary>It was sent, so it may have been carried out: only what may be done twice may be tried again.</summary>
    public static CommandOutcome NoAnswer(string name, bool online, TimeSpan deadline, bool idempotent) => online
        ? Failed(CommandCodes.Timeout, $"{name} did not answer within {Seconds(deadline)} s.", idempotent) with
        {
            Reason = CommandReasons.NoAnswer, Words = Within(deadline),
        }
        : Offline(name, idempotent);

    public static CommandOutcome Denied(string permission) => Failed(
        CommandCodes.Unauthorized, $"The NATS server does not let the bridge {permission}: its user lacks that permission.") with
    {
        Reason = CommandReasons.Denied,
    };

    /// <summary>It answered, but not with bytes that are a picture.</summary>
    public static CommandOutcome NoPicture(string name) => Failed(
        CommandCodes.InternalError, $"{name} answered without a picture. Accepted are {string.Join(", ", PictureTypes.All)}.") with
    {
        Reason = CommandReasons.BadAnswer,
    };

    public static CommandOutcome NotSent(string reason) =>
        Failed(CommandCodes.InternalError, $"The command could not be sent: {reason}") with { Reason = CommandReasons.NotSent };

    public static CommandOutcome Failed(string code, string message, bool retryable = false) =>
        new() { Ok = false, Code = code, Message = message, Retryable = retryable };

    private static CommandOutcome Offline(string name, bool retryable) =>
        Failed(CommandCodes.DeviceOffline, $"{name} is offline.", retryable) with { Reason = CommandReasons.Offline };

    private static JsonObject Within(TimeSpan span) => new() { ["seconds"] = Math.Round(span.TotalSeconds, 2) };

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture);
}
