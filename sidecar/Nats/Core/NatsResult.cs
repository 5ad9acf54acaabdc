using System.Diagnostics.CodeAnalysis;

namespace NATS.Client.Core;

/// <summary>The outcome of a <c>Try…</c> call that has no value: success, or the error that the throwing call would have thrown.</summary>
public readonly struct NatsResult
{
    private readonly Exception? _error;

    public NatsResult(Exception error) => _error = error;

    public static NatsResult Default => default;

    public Exception Error => _error ?? throw new InvalidOperationException("There is no error: the call succeeded");

    public bool Success => _error is null;

    public static implicit operator NatsResult(Exception error) => new(error);
}

/// <summary>The outcome of a <c>Try…</c> call: a value, or the error that the throwing call would have thrown.</summary>
[SuppressMessage("Usage", "CA2225", Justification = "The official surface has the implicit operators alone.")]
public readonly struct NatsResult<T>
{
    private readonly T? _value;
    private readonly Exception? _error;

    public NatsResult(T value)
    {
        _value = value;
        _error = null;
    }

    public NatsResult(Exception error)
    {
        _value = default;
        _error = error;
    }

    /// <summary>The value; throws the error when there is none.</summary>
    public T Value => _error is null ? _value! : throw _error;

    public Exception Error => _error ?? throw new InvalidOperationException("There is no error: the call succeeded");

    public bool Success => _error is null;

    public static implicit operator NatsResult<T>(T value) => new(value);

    public static implicit operator NatsResult<T>(Exception error) => new(error);
}
