using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>Publishing with the stream's acknowledgement (ADR-22).</summary>
public partial class NatsJSContext
{
    private readonly PubAckDeserializer _pubAck = new();
    private NatsSubOpts? _publishReplyOpts;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PubAckResponse> PublishAsync<T>(
        string subject,
        T? data,
        INatsSerialize<T>? serializer = default,
        NatsJSPubOpts? opts = default,
        NatsHeaders? headers = default,
        CancellationToken cancellationToken = default)
    {
        var result = await TryPublishAsync(subject, data, serializer, opts, headers, cancellationToken);
        return result.Success ? result.Value : throw Rethrowable(result.Error);
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<NatsResult<PubAckResponse>> TryPublishAsync<T>(
        string subject,
        T? data,
        INatsSerialize<T>? serializer = default,
        NatsJSPubOpts? opts = default,
        NatsHeaders? headers = default,
        CancellationToken cancellationToken = default)
    {
        var attempts = opts?.RetryAttempts ?? 1;
        var sent = WithConditions(headers, opts);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var reply = await Connection.RequestAsync<T, PubAckResponse>(
                    subject,
                    data,
                    sent,
                    serializer,
                    _pubAck,
                    opts,
                    _publishReplyOpts ??= new NatsSubOpts { Timeout = Opts.RequestTimeout, ThrowIfNoResponders = false },
                    cancellationToken);
                if (!reply.HasNoResponders)
                {
                    return reply.Data ?? PubAckDeserializer.Unreadable;
                }
            }
            catch (NatsNoRespondersException)
            {
                // Said below: after the last attempt it is the answer, before that a reason to wait.
            }
            catch (NatsNoReplyException)
            {
                return NatsJSPublishNoResponseException.Default;
            }
            catch (NatsException e)
            {
                return e;
            }

            if (attempts >= 0 && attempt >= attempts)
            {
                return NatsJSPublishNoResponseException.Default;
            }

            await Task.Delay(opts!.RetryWaitBetweenAttempts, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask<NatsJSPublishConcurrentFuture> PublishConcurrentAsync<T>(
        string subject,
        T? data,
        INatsSerialize<T>? serializer = default,
        NatsJSPubOpts? opts = default,
        NatsHeaders? headers = default,
        CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new NatsJSPublishConcurrentFuture(
            PublishAsync(subject, data, serializer, opts, headers, cancellationToken).AsTask()));

    private static Exception Rethrowable(Exception error) =>
        ReferenceEquals(error, NatsJSPublishNoResponseException.Default) ? new NatsJSPublishNoResponseException() : error;

    /// <summary>The conditions become headers; the caller's headers are left as they are.</summary>
    private static NatsHeaders? WithConditions(NatsHeaders? headers, NatsJSPubOpts? opts)
    {
        if (opts is null || ReferenceEquals(opts, NatsJSPubOpts.Default))
        {
            return headers;
        }

        var all = headers;
        Add("Nats-Msg-Id", opts.MsgId);
        Add("Nats-Expected-Stream", opts.ExpectedStream);
        Add("Nats-Expected-Last-Msg-Id", opts.ExpectedLastMsgId);
        Add("Nats-Expected-Last-Sequence", Number(opts.ExpectedLastSequence));
        Add("Nats-Expected-Last-Subject-Sequence", Number(opts.ExpectedLastSubjectSequence));
        Add("Nats-Expected-Last-Subject-Sequence-Subject", opts.ExpectedLastSubjectSequenceSubject);
        return all;

        void Add(string name, string? value)
        {
            if (value is null)
            {
                return;
            }

            if (ReferenceEquals(all, headers))
            {
                all = Copy(headers);
            }

            all![name] = value;
        }
    }

    private static NatsHeaders Copy(NatsHeaders? headers)
    {
        var copy = new NatsHeaders();
        foreach (KeyValuePair<string, StringValues> header in headers ?? [])
        {
            copy[header.Key] = header.Value;
        }

        return copy;
    }

    private static string? Number(ulong? value) => value?.ToString(CultureInfo.InvariantCulture);
}
