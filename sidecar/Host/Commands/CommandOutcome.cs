using System.Text.Json.Nodes;

namespace HaNatsBridge.Host.Commands;

/// <summary>How a command ended.</summary>
public sealed record CommandOutcome
{
    /// <summary>The command's id, for the audit.</summary>
    public string Id { get; init; } = "";

    /// <summary>Whether the device did it.</summary>
    public required bool Ok { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public double Milliseconds { get; init; }

    /// <summary>A preview of the entity's state from the device's reply, normalised; null when there is none or a newer one has come from the stream.</summary>
    public ReadOnlyMemory<byte>? State { get; init; }

    /// <summary>The device's response data, raw JSON; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Response { get; init; }

    /// <summary>The picture that <c>get_image</c> asked for, of an accepted type; null for any other action.</summary>
    public ReadOnlyMemory<byte>? Picture { get; init; }

    /// <summary>
    /// Whether what stands behind the device has shown that the command was carried out; null: the device did it itself.
    /// </summary>
    public bool? Confirmed { get; init; }

    /// <summary>One of <see cref="Contract.Errors.CommandCodes"/> when not ok.</summary>
    public string? Code { get; init; }

    /// <summary>What the person who pressed the button reads, when not ok.</summary>
    public string? Message { get; init; }

    /// <summary>One of <see cref="Contract.Commands.CommandReasons"/>; null for the device's own message.</summary>
    public string? Reason { get; init; }

    /// <summary>What the text of the reason contains, such as <c>seconds</c>; null: nothing.</summary>
    public JsonObject? Words { get; init; }

    /// <summary>Whether trying again can help and cannot do harm.</summary>
    public bool Retryable { get; init; }

    /// <summary>When trying again makes sense; null when it is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the server said that there is no subscriber: sending it again cannot carry it out twice.</summary>
    internal bool HasNoResponders { get; init; }
}
