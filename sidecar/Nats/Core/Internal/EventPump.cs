using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace NATS.Client.Core.Internal;

/// <summary>
/// Runs event handlers in order, away from the read loop. Events about messages and server errors can come in floods: beyond a thousand waiting ones they are not raised;
/// those about the connection's life always are.
/// </summary>
internal sealed class EventPump
{
    private const int MaxWaitingLossy = 1000;

    private readonly Channel<(string Name, bool Lossy, Func<ValueTask> Raise)> _events =
        Channel.CreateUnbounded<(string, bool, Func<ValueTask>)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>True in what handlers do.</summary>
    private readonly AsyncLocal<bool> _inHandler = new();

    private readonly ILogger _logger;
    private readonly Task _loop;
    private int _lossyWaiting;

    public EventPump(ILogger logger)
    {
        _logger = logger;
        _loop = RunAsync();
    }

    public void Raise<T>(string name, AsyncEventHandler<T>? handlers, object sender, T args) => Post(name, handlers, sender, args, lossy: false);

    public void RaiseLossy<T>(string name, AsyncEventHandler<T>? handlers, object sender, T args)
    {
        if (handlers is not null && Volatile.Read(ref _lossyWaiting) < MaxWaitingLossy)
        {
            Interlocked.Increment(ref _lossyWaiting);
            Post(name, handlers, sender, args, lossy: true);
        }
    }

    /// <summary>Lets the events raised so far run, within the time given; handlers that hang are left behind. A handler that asks for it would wait for itself, and does not wait.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        _events.Writer.TryComplete();
        if (!_inHandler.Value)
        {
            await Task.WhenAny(_loop, Task.Delay(timeout));
        }
    }

    private void Post<T>(string name, AsyncEventHandler<T>? handlers, object sender, T args, bool lossy)
    {
        if (handlers is not null)
        {
            _events.Writer.TryWrite((name, lossy, () => InvokeAsync(handlers, sender, args)));
        }
    }

    private static async ValueTask InvokeAsync<T>(AsyncEventHandler<T> handlers, object sender, T args)
    {
        foreach (var handler in handlers.GetInvocationList())
        {
            await ((AsyncEventHandler<T>)handler)(sender, args);
        }
    }

    private async Task RunAsync()
    {
        // Not on the constructor's thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _inHandler.Value = true;
        await foreach (var (name, lossy, raise) in _events.Reader.ReadAllAsync())
        {
            if (lossy)
            {
                Interlocked.Decrement(ref _lossyWaiting);
            }

            try
            {
                await raise();
            }
            catch (Exception e)
            {
                Log.HandlerFailed(_logger, e, name);
            }
        }
    }
}
