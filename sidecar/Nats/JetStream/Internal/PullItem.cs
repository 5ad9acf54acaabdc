using NATS.Client.Core;

namespace NATS.Client.JetStream.Internal;

/// <summary>One entry of the buffer of a pull.</summary>
internal readonly struct PullItem<T>
{
    private PullItem(PullItemKind kind, PullStatus? status)
    {
        Kind = kind;
        Status = status;
    }

    internal PullItem(in NatsMsg<T> message)
    {
        Kind = PullItemKind.Message;
        Message = message;
    }

    internal PullItemKind Kind { get; }

    internal PullStatus? Status { get; }

    internal NatsMsg<T> Message { get; }

    internal static PullItem<T> OfStatus(PullStatus status) => new(PullItemKind.Status, status);

    internal static PullItem<T> Of(PullItemKind kind) => new(kind, null);
}
