using System.Globalization;
using NATS.Client.Core;

namespace NATS.Client.Services;

/// <summary>A request to a service.</summary>
/// <typeparam name="T">Type of the payload.</typeparam>
public readonly struct NatsSvcMsg<T>
{
    private const string ErrorHeader = "Nats-Service-Error";
    private const string ErrorCodeHeader = "Nats-Service-Error-Code";

    private readonly NatsMsg<T> _msg;
    private readonly NatsSvcEndpointBase? _endpoint;

    /// <summary>Of a message.</summary>
    public NatsSvcMsg(NatsMsg<T> msg, NatsSvcEndpointBase? endPoint, Exception? exception)
    {
        Exception = exception;
        _msg = msg;
        _endpoint = endPoint;
    }

    /// <summary>Why the payload could not be read.</summary>
    public Exception? Exception { get; }

    /// <summary>Its subject.</summary>
    public string Subject => _msg.Subject;

    /// <summary>Its payload.</summary>
    public T? Data => _msg.Data;

    /// <summary>The subject to which the reply goes.</summary>
    public string? ReplyTo => _msg.ReplyTo;

    /// <summary>Its headers.</summary>
    public NatsHeaders? Headers => _msg.Headers;

    /// <summary>Replies without a payload.</summary>
    public ValueTask ReplyAsync(NatsHeaders? headers = default, string? replyTo = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default) =>
        _msg.ReplyAsync(headers, replyTo, opts, cancellationToken);

    /// <summary>Replies.</summary>
    public ValueTask ReplyAsync<TReply>(
        TReply data,
        NatsHeaders? headers = default,
        string? replyTo = default,
        INatsSerialize<TReply>? serializer = default,
        NatsPubOpts? opts = default,
        CancellationToken cancellationToken = default) =>
        _msg.ReplyAsync(data, headers, replyTo, serializer, opts, cancellationToken);

    /// <summary>Replies with an error: the headers <c>Nats-Service-Error</c> and <c>Nats-Service-Error-Code</c> (ADR-32).</summary>
    public ValueTask ReplyErrorAsync(
        int code,
        string message,
        NatsHeaders? headers = default,
        string? replyTo = default,
        NatsPubOpts? opts = default,
        CancellationToken cancellationToken = default) =>
        ReplyAsync(WithError(code, message, headers), replyTo, opts, cancellationToken);

    /// <summary>As above, with a payload.</summary>
    public ValueTask ReplyErrorAsync<TReply>(
        int code,
        string message,
        TReply data,
        NatsHeaders? headers = default,
        string? replyTo = default,
        INatsSerialize<TReply>? serializer = default,
        NatsPubOpts? opts = default,
        CancellationToken cancellationToken = default) =>
        ReplyAsync(data, WithError(code, message, headers), replyTo, serializer, opts, cancellationToken);

    private NatsHeaders WithError(int code, string message, NatsHeaders? headers)
    {
        ArgumentNullException.ThrowIfNull(message);
        var all = new NatsHeaders();
        foreach (var header in headers ?? [])
        {
            all[header.Key] = header.Value;
        }

        // A header is one line; what a handler puts into an exception need not be.
        all[ErrorHeader] = message.ReplaceLineEndings(" ");
        all[ErrorCodeHeader] = code.ToString(CultureInfo.InvariantCulture);
        _endpoint?.CountError(code, message);
        return all;
    }
}
