using System.Buffers;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

public partial class NatsConnection
{
    private string? _lastGoodSubject;

    public ValueTask PublishAsync(string subject, NatsHeaders? headers = default, string? replyTo = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default) =>
        PublishCore<ReadOnlyMemory<byte>>(subject, default, headers, replyTo, NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken);

    public ValueTask PublishAsync<T>(string subject, T data, NatsHeaders? headers = default, string? replyTo = default, INatsSerialize<T>? serializer = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default) =>
        PublishCore(subject, data, headers, replyTo, serializer ?? Opts.SerializerRegistry.GetSerializer<T>(), cancellationToken);

    public ValueTask PublishAsync<T>(in NatsMsg<T> msg, INatsSerialize<T>? serializer = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default) =>
        PublishCore(msg.Subject, msg.Data!, msg.Headers, msg.ReplyTo, serializer ?? Opts.SerializerRegistry.GetSerializer<T>(), cancellationToken);

    private ValueTask PublishCore<T>(string subject, T data, NatsHeaders? headers, string? replyTo, INatsSerialize<T> serializer, CancellationToken cancellationToken)
    {
        if (!Opts.SkipSubjectValidation)
        {
            // The same string object was good a moment ago; many publishers have but one.
            if (!ReferenceEquals(subject, _lastGoodSubject))
            {
                SubjectValidator.CheckPublish(subject);
                _lastGoodSubject = subject;
            }

            SubjectValidator.CheckReplyTo(replyTo);
        }

        if (Telemetry.HasListeners())
        {
            return PublishTracedAsync(subject, data, headers, replyTo, serializer, cancellationToken);
        }

        return Send(subject, data, headers, replyTo, serializer, cancellationToken);
    }

    private async ValueTask PublishTracedAsync<T>(
        string subject, T data, NatsHeaders? headers, string? replyTo, INatsSerialize<T> serializer, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.StartSend(this, "publish", subject, replyTo, ref headers);
        try
        {
            await Send(subject, data, headers, replyTo, serializer, cancellationToken);
        }
        catch (Exception e)
        {
            Telemetry.SetError(activity, e);
            throw;
        }
    }

    private ValueTask Send<T>(
        string subject, T data, NatsHeaders? headers, string? replyTo, INatsSerialize<T> serializer, CancellationToken cancellationToken, ReplySlot? request = null)
    {
        // Bytes need no serializer's buffer on their way; only where they must wait they are copied there.
        var bytes = ReferenceEquals(serializer, NatsDefaultSerializer<T>.Default) ? data as byte[] : null;
        if (headers is null && bytes is not null && TrySend(subject, replyTo, [], bytes))
        {
            return default;
        }

        var body = _bodies.Rent();
        int headerLength;
        try
        {
            headerLength = WriteHeaders(body, headers);
            if (headers is not null && bytes is not null && TrySend(subject, replyTo, body.WrittenSpan, bytes))
            {
                Return(body);
                return default;
            }

            // Null is the empty message, for whatever type.
            if (data is not null)
            {
                serializer.Serialize(body, data);
            }

            CheckSize(body.WrittenCount);
        }
        catch
        {
            Return(body);
            throw;
        }

        Telemetry.Count(Telemetry.SentMessages, 1);
        return ConnectionState == NatsConnectionState.Closed
            ? ConnectThenSendAsync(subject, replyTo, body, headerLength, request, cancellationToken)
            : _outbound.PublishAsync(subject, replyTo, body, headerLength, request, cancellationToken);
    }

    /// <summary>False when the publish would have to wait.</summary>
    private bool TrySend(string subject, string? replyTo, ReadOnlySpan<byte> headers, byte[] payload)
    {
        CheckSize(headers.Length + payload.Length);
        if (!_outbound.TryPublish(subject, replyTo, headers, payload))
        {
            return false;
        }

        Telemetry.Count(Telemetry.SentMessages, 1);
        return true;
    }

    private async ValueTask ConnectThenSendAsync(
        string subject, string? replyTo, NatsBufferWriter<byte> body, int headerLength, ReplySlot? request, CancellationToken cancellationToken)
    {
        await ConnectAsync().AsTask().WaitAsync(cancellationToken);
        CheckSize(body.WrittenCount);
        await _outbound.PublishAsync(subject, replyTo, body, headerLength, request, cancellationToken);
    }

    /// <summary>Returns the header bytes: none without headers.</summary>
    private int WriteHeaders(NatsBufferWriter<byte> body, NatsHeaders? headers)
    {
        if (headers is null)
        {
            return 0;
        }

        if (_serverInfo is { HeadersSupported: false })
        {
            throw new NatsException("The server does not support headers");
        }

        HeaderWriter.Write(body, headers, Opts.HeaderEncoding);
        return body.WrittenCount;
    }

    private void Return(NatsBufferWriter<byte> body)
    {
        body.Clear();
        _bodies.Return(body);
    }

    /// <summary>The server would close the connection; here only the one message fails.</summary>
    private void CheckSize(int size)
    {
        if (_serverInfo is { MaxPayload: > 0 and var max } && size > max)
        {
            throw new NatsPayloadTooLargeException($"Payload size {size} exceeds server's maximum payload size {max}");
        }
    }
}
