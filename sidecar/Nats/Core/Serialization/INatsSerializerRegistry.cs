namespace NATS.Client.Core;

/// <summary>Chooses the serializer of a type where a call names none.</summary>
public interface INatsSerializerRegistry
{
    INatsSerialize<T> GetSerializer<T>();

    INatsDeserialize<T> GetDeserializer<T>();
}
