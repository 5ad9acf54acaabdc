using NATS.Client.Core;
using NATS.Client.Serializers.Json;

namespace NATS.Net;

/// <summary>The chain behind <see cref="NatsClientDefaultSerializerRegistry"/>.</summary>
public static class NatsClientDefaultSerializer<T>
{
#pragma warning disable CA1000 // official surface
    public static readonly INatsSerializer<T> Default =
        new NatsRawSerializer<T>(new NatsUtf8PrimitivesSerializer<T>(NatsJsonSerializer<T>.Default));
#pragma warning restore CA1000
}
