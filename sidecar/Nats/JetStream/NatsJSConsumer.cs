using System.Runtime.CompilerServices;
using NATS.Client.Core;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>A pull consumer (ADR-37).</summary>
public class NatsJSConsumer : INatsJSConsumer
{
    private readonly NatsJSContext _context;
    private readonly string _stream;
    private readonly string _consumer;
    private readonly MsgOrigin _origin;

    /// <summary>With what the server said about it.</summary>
    public NatsJSConsumer(NatsJSContext context, ConsumerInfo info)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(info);
        _context = context;
        Info = info;
        _stream = info.StreamName;
        _consumer = info.Name;
        _origin = new MsgOrigin(context.Opts, _stream, _consumer, info.Config.AckPolicy != ConsumerConfigAckPolicy.None);
    }

    /// <inheritdoc/>
    public ConsumerInfo Info { get; private set; }

    /// <inheritdoc/>
    public IAsyncEnumerable<INatsJSMsg<T>> ConsumeAsync<T>(INatsDeserialize<T>? serializer = default, NatsJSConsumeOpts? opts = default, CancellationToken cancellationToken = default) =>
        RunAsync(PullPlan.Consume(opts ?? _context.Opts.DefaultConsumeOpts, Info.Config), serializer, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<INatsJSMsg<T>?> NextAsync<T>(INatsDeserialize<T>? serializer = default, NatsJSNextOpts? opts = default, CancellationToken cancellationToken = default) =>
        await FetchAsync(PullPlan.Next(opts ?? _context.Opts.DefaultNextOpts), serializer, cancellationToken).FirstOrDefaultAsync(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<INatsJSMsg<T>> FetchAsync<T>(NatsJSFetchOpts opts, INatsDeserialize<T>? serializer = default, CancellationToken cancellationToken = default) =>
        RunAsync(PullPlan.Fetch(opts, Info.Config, noWait: false), serializer, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<INatsJSMsg<T>> FetchNoWaitAsync<T>(NatsJSFetchOpts opts, INatsDeserialize<T>? serializer = default, CancellationToken cancellationToken = default) =>
        RunAsync(PullPlan.Fetch(opts, Info.Config, noWait: true), serializer, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken = default) =>
        Info = await _context.GetConsumerInfoAsync(_stream, _consumer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask UnpinAsync(string group, CancellationToken cancellationToken = default) =>
        _context.UnpinConsumerAsync(_stream, _consumer, group, cancellationToken);

    private IAsyncEnumerable<INatsJSMsg<T>> RunAsync<T>(PullPlan plan, INatsDeserialize<T>? serializer, CancellationToken cancellationToken)
    {
        // Not in the iterator: who calls wrongly hears of it at once.
        ThrowIfPush();
        return PullAsync(plan, serializer, cancellationToken);
    }

    private async IAsyncEnumerable<INatsJSMsg<T>> PullAsync<T>(
        PullPlan plan,
        INatsDeserialize<T>? serializer,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await using var engine = await PullEngine<T>.StartAsync(_context, _stream, _consumer, plan, serializer, cancellationToken);
        while (true)
        {
            switch (engine.Step(out var message))
            {
                case PullStep.Message:
                    yield return new ConsumedMsg<T>(message, _origin);
                    break;
                case PullStep.Pull:
                    await engine.PullAsync(cancellationToken);
                    break;
                case PullStep.Notify:
                    await engine.NotifyAsync(cancellationToken);
                    break;
                case PullStep.Wait:
                    if (!await engine.WaitToReadAsync())
                    {
                        engine.OnCompleted();
                    }

                    break;
                case PullStep.Failed:
                    throw engine.Failure!;
                default:
                    // A consume that is stopped just ends, as a loop over a subscription does; a fetch was to bring something and did not.
                    if (plan.Once)
                    {
                        engine.ThrowIfStopped(cancellationToken);
                    }

                    yield break;
            }
        }
    }

    private void ThrowIfPush()
    {
        if (!string.IsNullOrEmpty(Info.Config.DeliverSubject))
        {
            throw new NatsJSProtocolException(409, NatsHeaders.Messages.ConsumerIsPushBased, "Consumer is push based");
        }
    }
}
