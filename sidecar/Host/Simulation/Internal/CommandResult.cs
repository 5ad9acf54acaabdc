using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>What a simulated entity says to a command.</summary>
/// <param name="Code">Null when it was done.</param>
/// <param name="Message">What the person reads when it was not.</param>
internal readonly record struct CommandResult(string? Code, string? Message)
{
    public static CommandResult Done => default;

    public static CommandResult Unknown(string action) => new(CommandCodes.InvalidCommand, $"this entity has no action {action}");

    public static CommandResult Wrong(string parameter) => new(CommandCodes.InvalidParameter, $"{parameter} is missing or wrong");
}
