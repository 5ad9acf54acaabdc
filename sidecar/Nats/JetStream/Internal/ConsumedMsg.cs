using NATS.Client.Core;

namespace NATS.Client.JetStream.Internal;

/// <summary>
/// A message that a consumer gave out. It remembers that it was acknowledged for good, because whatever is said about it afterwards is not to be sent (ADR-15), and neither is
/// anything about a message of a consumer without acknowledgements: the server would not answer, and whoever waits for its confirmation would wait in vain.
/// </summary>
internal sealed class ConsumedMsg<T>(in NatsMsg<T> msg, MsgOrigin origin) : INatsJSMsg<T>
{
    private readonly NatsJSMsg<T> _msg = new(msg, origin);
    private bool _isSettled = !origin.IsAcknowledged;

    /// <inheritdoc/>
    public string Subject => _msg.Subject;

    /// <inheritdoc/>
    public int Size => _msg.Size;

    /// <inheritdoc/>
    public NatsHeaders? Headers => _msg.Headers;

    /// <inheritdoc/>
    public T? Data => _msg.Data;

    /// <inheritdoc/>
    public INatsConnection? Connection => _msg.Connection;

    /// <inheritdoc/>
    public NatsJSMsgMetadata? Metadata => _msg.Metadata;

    /// <inheritdoc/>
    public string? ReplyTo => _msg.ReplyTo;

    /// <inheritdoc/>
    public NatsException? Error => _msg.Error;

    /// <inheritdoc/>
    public void EnsureSuccess() => _msg.EnsureSuccess();

    /// <inheritdoc/>
    public ValueTask AckAsync(AckOpts? opts = default, CancellationToken cancellationToken = default) =>
        _isSettled ? ValueTask.CompletedTask : SettleAsync(_msg.AckAsync(opts, cancellationToken));

    /// <inheritdoc/>
    public ValueTask NakAsync(AckOpts? opts = default, TimeSpan delay = default, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return _isSettled ? ValueTask.CompletedTask : SettleAsync(_msg.NakAsync(opts, delay, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask AckProgressAsync(AckOpts? opts = default, CancellationToken cancellationToken = default) =>
        _isSettled ? ValueTask.CompletedTask : _msg.AckProgressAsync(opts, cancellationToken);

    /// <inheritdoc/>
    public ValueTask AckTerminateAsync(AckOpts? opts = default, CancellationToken cancellationToken = default) =>
        _isSettled ? ValueTask.CompletedTask : SettleAsync(_msg.AckTerminateAsync(opts, cancellationToken));

    /// <summary>Only what was sent settles: an acknowledgement that failed may be tried again.</summary>
    private ValueTask SettleAsync(ValueTask sending)
    {
        if (!sending.IsCompletedSuccessfully)
        {
            return WaitAsync(sending);
        }

        sending.GetAwaiter().GetResult();
        _isSettled = true;
        return ValueTask.CompletedTask;
    }

    private async ValueTask WaitAsync(ValueTask sending)
    {
        await sending;
        _isSettled = true;
    }
}
