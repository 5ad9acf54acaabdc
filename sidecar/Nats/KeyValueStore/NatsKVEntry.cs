using NATS.Client.Core;

namespace NATS.Client.KeyValueStore;

/// <summary>One revision of a key.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Key">The key.</param>
/// <typeparam name="T">Type of the value.</typeparam>
public readonly record struct NatsKVEntry<T>(string Bucket, string Key)
{
    /// <summary>The value; nothing for a deletion.</summary>
    public T? Value { get; init; }

    /// <summary>Its revision: the sequence in the bucket's stream.</summary>
    public ulong Revision { get; init; }

    /// <summary>How many entries of the watcher are still to come.</summary>
    public ulong Delta { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>What made it.</summary>
    public NatsKVOperation Operation { get; init; }

    /// <summary>Why the value could not be read.</summary>
    public NatsException? Error { get; init; }

    /// <summary>Throws <see cref="Error"/>.</summary>
    public void EnsureSuccess()
    {
        if (Error is { } error)
        {
            throw error;
        }
    }
}
