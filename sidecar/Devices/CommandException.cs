using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Devices;

/// <summary>A handler refuses a command. The person who gave it reads the message.</summary>
/// <param name="code">One of <see cref="CommandCodes"/>.</param>
/// <param name="message">Why, and what to do.</param>
public sealed class CommandException(string code, string message) : Exception(message)
{
    /// <summary>One of <see cref="CommandCodes"/>.</summary>
    public string Code { get; } = code;

    /// <summary>The entity has no such action.</summary>
    public static CommandException UnknownAction(string action) =>
        new(CommandCodes.InvalidCommand, $"this entity has no action {action}");

    /// <summary>A parameter is missing or wrong.</summary>
    public static CommandException Parameter(string name) =>
        new(CommandCodes.InvalidParameter, $"{name} is missing or wrong");

    /// <summary>The device cannot do it now.</summary>
    public static CommandException Busy(string message) => new(CommandCodes.Busy, message);

    /// <summary>What stands behind this device does not answer.</summary>
    public static CommandException Offline(string message) => new(CommandCodes.DeviceOffline, message);
}
