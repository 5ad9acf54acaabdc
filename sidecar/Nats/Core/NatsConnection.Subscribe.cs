using System.Runtime.CompilerServices;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

public partial class NatsConnection
{
    public async IAsyncEnumerable<NatsMsg<T>> SubscribeAsync<T>(string subject, string? queueGroup = default, INatsDeserialize<T>? serializer = default, NatsSubOpts? opts = default, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var sub = await SubscribeCoreAsync(subject, queueGroup, serializer, opts, cancellationToken);
        while (await sub.Msgs.WaitToReadAsync(cancellationToken))
        {
            while (sub.Msgs.TryRead(out var msg))
            {
                yield return msg;
            }
        }
    }

    public async ValueTask<INatsSub<T>> SubscribeCoreAsync<T>(string subject, string? queueGroup = default, INatsDeserialize<T>? serializer = default, NatsSubOpts? opts = default, CancellationToken cancellationToken = default)
    {
        serializer ??= Opts.SerializerRegistry.GetDeserializer<T>();
        var sub = new NatsSub<T>(this, _subscriptions, subject, queueGroup, opts, serializer, cancellationToken);
        try
        {
            await AddSubAsync(sub, cancellationToken);
            return sub;
        }
        catch
        {
            // Lets go of the caller's token.
            await sub.UnsubscribeAsync();
            throw;
        }
    }

    public async ValueTask AddSubAsync(NatsSubBase sub, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sub);
        ThrowIfDisposed();
        if (!Opts.SkipSubjectValidation)
        {
            SubjectValidator.CheckSubscribe(sub.Subject, sub.QueueGroup);
        }

        if (ConnectionState is NatsConnectionState.Closed or NatsConnectionState.Connecting or NatsConnectionState.Failed)
        {
            await ConnectAsync().AsTask().WaitAsync(cancellationToken);
        }

        await _subscriptions.AddAsync(sub);
        if (Volatile.Read(ref _disposed) == 0 && Volatile.Read(ref _failure) is null)
        {
            return;
        }

        // The connection ended meanwhile, and those whom it then told of its end may have been all but this one.
        await sub.UnsubscribeAsync();
        ThrowIfDisposed();
        ThrowIfFailed();
    }
}
