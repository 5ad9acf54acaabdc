namespace NATS.Client.Core;

/// <summary>Bytes as they are, else text and primitives as UTF-8.</summary>
public static class NatsDefaultSerializer<T>
{
#pragma warning disable CA1000 // official surface
    public static readonly INatsSerializer<T> Default = NatsRawSerializer<T>.Default;
#pragma warning restore CA1000
}
