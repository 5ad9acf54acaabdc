using System.Runtime.CompilerServices;
using NATS.Client.Core;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>
/// An ordered consumer (ADR-17 over pulls, as ADR-37 has it): all messages of the stream in its order, each once. Behind it are ephemeral consumers of
/// the server without acknowledgements; whenever one message is missing, the connection was lost, or the server is silent, the next one
/// begins after the last message that was given out.
/// </summary>
/// <remarks>One call at a time: consume, fetch and next go on where the last one stopped.</remarks>
public class NatsJSOrderedConsumer : INatsJSConsumer
{
    private readonly NatsJSContext _context;
    private readonly OrderedSource _source;

    /// <summary>Of a stream; nothing is sent before the first message is asked for.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="context">Its context.</param>
    /// <param name="opts">Filters and start.</param>
    /// <param name="cancellationToken">Ends all consuming.</param>
    public NatsJSOrderedConsumer(string stream, NatsJSContext context, NatsJSOrderedConsumerOpts opts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(opts);
        JSNames.CheckStream(stream, nameof(stream));
        _context = context;
        _source = new OrderedSource(context, stream, opts);
        Info = new ConsumerInfo { StreamName = stream };
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The server's consumer of the moment.</summary>
    public ConsumerInfo Info { get; private set; }

    /// <inheritdoc/>
    public IAsyncEnumerable<INatsJSMsg<T>> ConsumeAsync<T>(INatsDeserialize<T>? serializer = default, NatsJSConsumeOpts? opts = default, CancellationToken cancellationToken = default) =>
        RunAsync(PullPlan.Consume(opts ?? _context.Opts.DefaultConsumeOpts, null) with { Ordered = true }, serializer, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<INatsJSMsg<T>?> NextAsync<T>(INatsDeserialize<T>? serializer = default, NatsJSNextOpts? opts = default, CancellationToken cancellationToken = default) =>
        await FetchAsync(PullPlan.Next(opts ?? _context.Opts.DefaultNextOpts), serializer, cancellationToken).FirstOrDefaultAsync(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<INatsJSMsg<T>> FetchAsync<T>(NatsJSFetchOpts opts, INatsDeserialize<T>? serializer = default, CancellationToken cancellationToken = default) =>
        RunAsync(PullPlan.Fetch(opts, null, noWait: false) with { Ordered = true }, serializer, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<INatsJSMsg<T>> FetchNoWaitAsync<T>(NatsJSFetchOpts opts, INatsDeserialize<T>? serializer = default, CancellationToken cancellationToken = default) =>
        RunAsync(PullPlan.Fetch(opts, null, noWait: true) with { Ordered = true }, serializer, cancellationToken);

    /// <summary>Nothing to do: the consumer is described anew with each one that is made.</summary>
    public ValueTask RefreshAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    /// <summary>Nothing to do: an ordered consumer has no priority groups.</summary>
    public ValueTask UnpinAsync(string group, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    private async IAsyncEnumerable<INatsJSMsg<T>> RunAsync<T>(
        PullPlan plan,
        INatsDeserialize<T>? serializer,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = new OrderedReader<T>(_context, _source, plan, serializer, info => Info = info, cancellationToken);
        while (true)
        {
            switch (reader.Step(out var message))
            {
                case PullStep.Message:
                    yield return new ConsumedMsg<T>(message, reader.Origin);
                    break;
                case PullStep.Wait:
                    if (!await reader.WaitToReadAsync())
                    {
                        reader.OnCompleted();
                    }

                    break;
                case PullStep.Failed:
                    throw reader.Failure!;
                case PullStep.End:
                    if (plan.Once)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                    }

                    yield break;
                case var step:
                    if (!await reader.DoAsync(step))
                    {
                        yield break;
                    }

                    break;
            }
        }
    }
}
