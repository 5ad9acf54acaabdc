using System.Buffers;

namespace NATS.Client.KeyValueStore.Internal;

/// <summary>Checks the names of buckets and keys (ADR-8).</summary>
internal static class KVNames
{
    internal const string StreamPrefix = "KV_";

    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static readonly SearchValues<char> BucketChars = SearchValues.Create(Alphanumeric + "-_");
    private static readonly SearchValues<char> KeyChars = SearchValues.Create(Alphanumeric + "-/_=.");
    private static readonly SearchValues<char> FilterChars = SearchValues.Create(Alphanumeric + "-/_=.*>");

    internal static string StreamOf(string bucket) => StreamPrefix + bucket;

    internal static string PrefixOf(string bucket) => $"$KV.{bucket}.";

    internal static void CheckBucket(string bucket)
    {
        ArgumentNullException.ThrowIfNull(bucket);
        if (bucket.Length == 0)
        {
            throw new NatsKVException("The bucket name is empty");
        }

        if (bucket.AsSpan().IndexOfAnyExcept(BucketChars) is >= 0 and var at)
        {
            throw new NatsKVException($"The bucket name contains {Describe(bucket[at])}; letters, digits, dash and underscore are allowed");
        }
    }

    /// <summary>What is wrong with a key; nothing when it is right.</summary>
    internal static NatsKVException? ProblemOfKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Problem(key, KeyChars, "key");
    }

    /// <summary>What is wrong with a key or pattern of keys; nothing when it is right.</summary>
    internal static NatsKVException? ProblemOfFilter(string filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (Problem(filter, FilterChars, "key filter") is { } problem)
        {
            return problem;
        }

        var tokens = filter.Split('.');
        for (var i = 0; i < tokens.Length; i++)
        {
            var isLast = i == tokens.Length - 1;
            if ((tokens[i].Contains('*', StringComparison.Ordinal) && tokens[i] != "*") || (tokens[i].Contains('>', StringComparison.Ordinal) && (tokens[i] != ">" || !isLast)))
            {
                return new NatsKVException("The key filter has a wildcard inside a token, or '>' before its end");
            }
        }

        return null;
    }

    private static NatsKVException? Problem(string key, SearchValues<char> allowed, string what)
    {
        if (key.Length == 0)
        {
            return new NatsKVException($"The {what} is empty");
        }

        if (key[0] == '.' || key[^1] == '.')
        {
            return new NatsKVException($"The {what} begins or ends with a dot");
        }

        if (key.AsSpan().IndexOfAnyExcept(allowed) is >= 0 and var at)
        {
            return new NatsKVException($"The {what} contains {Describe(key[at])}, which is not allowed there");
        }

        return key.Contains("..", StringComparison.Ordinal) ? new NatsKVException($"The {what} has an empty token") : null;
    }

    private static string Describe(char c) => c switch
    {
        ' ' => "a space",
        < ' ' or '\x7f' => "a control character",
        _ => $"'{c}'",
    };
}
