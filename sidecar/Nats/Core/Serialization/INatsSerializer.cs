namespace NATS.Client.Core;

/// <summary>Both directions in one, and the place of the next serializer in a chain.</summary>
public interface INatsSerializer<T> : INatsSerialize<T>, INatsDeserialize<T>
{
    /// <summary>This serializer with <paramref name="next"/> behind it for the types that it does not know.</summary>
    INatsSerializer<T> CombineWith(INatsSerializer<T> next);
}
