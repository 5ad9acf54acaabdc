using System.Text.Json.Serialization;

namespace NATS.Client.Core;

/// <summary>Bytes and primitives as in the default registry, every other type as JSON through the given contexts.</summary>
public sealed class NatsJsonContextSerializerRegistry : INatsSerializerRegistry
{
    private readonly JsonSerializerContext[] _contexts;

    public NatsJsonContextSerializerRegistry(params JsonSerializerContext[] contexts) => _contexts = contexts;

    public INatsSerialize<T> GetSerializer<T>() => Chain<T>();

    public INatsDeserialize<T> GetDeserializer<T>() => Chain<T>();

    private NatsJsonContextSerializer<T> Chain<T>() => new(_contexts, NatsDefaultSerializer<T>.Default);
}
