namespace HaNatsBridge.Contract.Commands;

/// <summary>What a device answered, by the contract's strict rules (contract.md, "Command").</summary>
public sealed record CommandReply
{
    /// <summary>Whether the device says that it did it.</summary>
    public required bool Ok { get; init; }

    /// <summary>The entity's state as a preview, raw JSON and not yet checked (<see cref="States.StateReader"/> does); null when there is none.</summary>
    public ReadOnlyMemory<byte>? State { get; init; }

    /// <summary>The device's response data, raw JSON; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Response { get; init; }

    /// <summary>One of <see cref="Errors.CommandCodes"/> when not ok.</summary>
    public string? Code { get; init; }

    /// <summary>What the person who pressed the button reads when not ok; at most 1,000 characters, no control characters.</summary>
    public string? Message { get; init; }

    internal static CommandReply Done { get; } = new() { Ok = true };

    internal static CommandReply Failed(string code, string message) => new() { Ok = false, Code = code, Message = message };
}
