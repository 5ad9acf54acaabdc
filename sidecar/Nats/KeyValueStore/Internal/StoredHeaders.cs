using System.Buffers;
using NATS.Client.Core;

namespace NATS.Client.KeyValueStore.Internal;

/// <summary>Turns a message that was read through the API, whose parts are Base64, into an entry.</summary>
internal static class StoredHeaders
{
    internal static NatsHeaders? Parse(INatsConnection connection, string? base64)
    {
        if (string.IsNullOrEmpty(base64))
        {
            return null;
        }

        var headers = new NatsHeaders();
        connection.HeaderParser.TryParse(new ReadOnlySequence<byte>(Convert.FromBase64String(base64)), headers);
        return headers;
    }

    internal static NatsKVEntry<T> WithValue<T>(NatsKVEntry<T> entry, ReadOnlyMemory<byte> data, INatsDeserialize<T> serializer)
    {
        if (entry.Operation != NatsKVOperation.Put)
        {
            return entry;
        }

        try
        {
            return entry with { Value = serializer.Deserialize(new ReadOnlySequence<byte>(data)) };
        }
        catch (Exception e)
        {
            return entry with { Error = new NatsDeserializeException(data.ToArray(), e) };
        }
    }
}
