namespace NATS.Client.Core;

/// <summary>Chains serializers: the first that knows the type does the work.</summary>
public sealed class NatsSerializerBuilder<T>
{
    private readonly List<INatsSerializer<T>> _serializers = [];

    public NatsSerializerBuilder<T> Add(INatsSerializer<T> serializer)
    {
        _serializers.Add(serializer);
        return this;
    }

    public INatsSerializer<T> Build()
    {
        if (_serializers.Count == 0)
        {
            return NatsDefaultSerializer<T>.Default;
        }

        var chain = _serializers[^1];
        for (var i = _serializers.Count - 2; i >= 0; i--)
        {
            chain = _serializers[i].CombineWith(chain);
        }

        return chain;
    }
}
