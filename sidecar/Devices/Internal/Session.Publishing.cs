using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace HaNatsBridge.Devices.Internal;

/// <summary>Publishing and asking. A lost connection is an answer, not an exception.</summary>
internal sealed partial class Session
{
    private static readonly NatsRawSerializer<ReadOnlyMemory<byte>> Raw = NatsRawSerializer<ReadOnlyMemory<byte>>.Default;

    /// <summary>The largest message that the server takes.</summary>
    public int MaxPayload => _nats.ServerInfo?.MaxPayload ?? int.MaxValue;

    /// <returns>Whether there was a connection.</returns>
    /// <exception cref="ArgumentException">The server takes no message of that size.</exception>
    public async ValueTask<bool> TryPublishAsync(
        string subject, ReadOnlyMemory<byte> payload, NatsHeaders? headers, CancellationToken cancellationToken)
    {
        if (!IsOpen)
        {
            return false;
        }

        if (payload.Length > MaxPayload)
        {
            throw new ArgumentException($"{payload.Length} bytes on {subject}; the server takes {MaxPayload}.", nameof(payload));
        }

        try
        {
            await _nats.PublishAsync(subject, payload, headers, serializer: Raw, cancellationToken: cancellationToken);
            return true;
        }
        catch (Exception exception) when (IsLost(exception, cancellationToken))
        {
            return false;
        }
    }

    /// <summary>Publishes all of them on one connection, and waits until the server has read them.</summary>
    public async Task<bool> TryPublishAllAsync(
        string subject, IEnumerable<(byte[] Payload, NatsHeaders Headers)> messages, CancellationToken cancellationToken)
    {
        var connection = Volatile.Read(ref _opened);
        foreach (var (payload, headers) in messages)
        {
            if (!await TryPublishAsync(subject, payload, headers, cancellationToken))
            {
                return false;
            }
        }

        return await TryFlushAsync(cancellationToken) && connection == Volatile.Read(ref _opened);
    }

    /// <summary>Asks the home; null without an answer.</summary>
    public async Task<DiscoveryReply?> TryRequestAsync(
        string subject, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await _announcements.WaitAsync(cancellationToken);
        try
        {
            if (!IsOpen)
            {
                return null;
            }

            // The client's own timeout does not run while it is disconnected.
            var timeout = _nats.Opts.RequestTimeout;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(timeout * 2);
            var reply = await _nats.RequestAsync<ReadOnlyMemory<byte>, byte[]>(
                subject,
                payload,
                requestSerializer: Raw,
                replySerializer: NatsRawSerializer<byte[]>.Default,
                replyOpts: new NatsSubOpts { Timeout = timeout, ThrowIfNoResponders = true },
                cancellationToken: limit.Token);
            return DiscoveryReply.Read(reply.Data);
        }
        catch (Exception exception) when (IsLost(exception, cancellationToken))
        {
            LogNoAnswer(subject, exception.Message);
            return null;
        }
        finally
        {
            _announcements.Release();
        }
    }

    private static bool IsLost(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        NatsException or ObjectDisposedException or IOException => true,
        _ => false,
    };

    private async Task<bool> TryFlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (IsOpen)
            {
                await _nats.PingAsync(cancellationToken);
                return true;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException || IsLost(exception, cancellationToken))
        {
            LogNotFlushed(exception.Message);
        }

        return false;
    }

    [LoggerMessage(5004, LogLevel.Debug, "No answer on {Subject}: {Reason}")]
    private partial void LogNoAnswer(string subject, string reason);

    [LoggerMessage(5007, LogLevel.Debug, "The server has not read everything: {Reason}")]
    private partial void LogNotFlushed(string reason);
}
