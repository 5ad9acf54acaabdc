namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>How a command ended, before it gets its id and duration.</summary>
internal sealed record Answer
{
    public required bool Ok { get; init; }

    public ReadOnlyMemory<byte>? State { get; init; }

    public ReadOnlyMemory<byte>? Response { get; init; }

    public string? Code { get; init; }

    public string? Message { get; init; }

    public bool Retryable { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Nobody was there to get it: sending it again cannot do it twice.</summary>
    public bool IsUnheard { get; init; }
}
