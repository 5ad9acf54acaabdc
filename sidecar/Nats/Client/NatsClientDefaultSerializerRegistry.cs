using NATS.Client.Core;

namespace NATS.Net;

/// <summary>Bytes and primitives as they are, all other types as JSON. With NativeAOT use <see cref="NatsJsonContextSerializerRegistry"/>: reflection is off there.</summary>
public class NatsClientDefaultSerializerRegistry : INatsSerializerRegistry
{
    public static readonly NatsClientDefaultSerializerRegistry Default = new();

    public INatsSerialize<T> GetSerializer<T>() => NatsClientDefaultSerializer<T>.Default;

    public INatsDeserialize<T> GetDeserializer<T>() => NatsClientDefaultSerializer<T>.Default;
}
