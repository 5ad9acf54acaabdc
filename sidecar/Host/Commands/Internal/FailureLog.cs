using System.Threading.Channels;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// Logs failed commands from a loop of its own. A reply is worked on by the thread that reads the connection to NATS, and a log's file or pipe may stand still: nothing may wait for it
/// there. When 1,000 wait, further ones are left out and counted in the next line; the audit has them all.
/// </summary>
internal sealed partial class FailureLog(ILogger<FailureLog> log) : BackgroundService
{
    public const int MaxWaiting = 1_000;

    private readonly Channel<CommandFailure> _queue =
        Channel.CreateBounded<CommandFailure>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _leftOut;

    /// <summary>Takes a failure; never waits.</summary>
    public void Note(in CommandFailure failure)
    {
        if (!_queue.Writer.TryWrite(failure))
        {
            Interlocked.Increment(ref _leftOut);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What is queued is still written; the loop ends with it.
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var failure in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            LogFailed(failure.Action, failure.Entity.ToString(), failure.Code, failure.Reason);
            if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and var count)
            {
                LogLeftOut(count);
            }
        }
    }

    [LoggerMessage(4001, LogLevel.Information, "Command {Action} to {Entity} failed: {Code}, {Reason}")]
    private partial void LogFailed(string action, string entity, string code, string reason);

    [LoggerMessage(4002, LogLevel.Warning, "{Count} further failed commands are not in this log; the audit has them")]
    private partial void LogLeftOut(long count);
}
