using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Mqtt;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>
/// What a broker is to be asked for: subscriptions first, then messages in their order. Its own task waits for the answers, so
/// that whoever handles the broker's messages never does. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim needs no disposal unless its wait handle is used.")]
internal sealed class Outbox(BrokerConnection mqtt)
{
    /// <summary>More messages are not taken. Those of commands are far fewer.</summary>
    private const int MostMessages = 1000;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _more = new(0);
    private readonly Dictionary<string, int> _wanted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unwanted = new(StringComparer.Ordinal);
    private readonly Queue<(MqttPublish Message, TaskCompletionSource<bool> Sent)> _messages = new();

    /// <summary>Subscribes, also where it is subscribed already: the broker sends its stored messages again.</summary>
    public void Subscribe(string filter, int qos)
    {
        lock (_lock)
        {
            _unwanted.Remove(filter);
            _wanted[filter] = Math.Max(qos, _wanted.GetValueOrDefault(filter));
            Wake();
        }
    }

    /// <summary>Unsubscribes.</summary>
    public void Unsubscribe(string filter)
    {
        lock (_lock)
        {
            _wanted.Remove(filter);
            _unwanted.Add(filter);
            Wake();
        }
    }

    /// <summary>Publishes; false when the broker is away, does not take it, or too much waits already.</summary>
    public Task<bool> PublishAsync(MqttPublish message)
    {
        lock (_lock)
        {
            if (_messages.Count >= MostMessages)
            {
                return Task.FromResult(false);
            }

            var sent = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _messages.Enqueue((message, sent));
            Wake();
            return sent.Task;
        }
    }

    /// <summary>Sends until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await _more.WaitAsync(stoppingToken);
                await SendAsync(stoppingToken);
            }
        }
        finally
        {
            lock (_lock)
            {
                while (_messages.TryDequeue(out var left))
                {
                    left.Sent.TrySetResult(false);
                }
            }
        }
    }

    private async Task SendAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            string[] unwanted;
            (string, int)[] wanted;
            (MqttPublish Message, TaskCompletionSource<bool> Sent) next;
            lock (_lock)
            {
                unwanted = [.. _unwanted];
                wanted = [.. _wanted.Select(pair => (pair.Key, pair.Value))];
                _unwanted.Clear();
                _wanted.Clear();
                if (!_messages.TryDequeue(out next) && unwanted.Length + wanted.Length == 0)
                {
                    return;
                }
            }

            var sent = false;
            try
            {
                await mqtt.UnsubscribeAsync(unwanted, stoppingToken);
                await mqtt.SubscribeAsync(wanted, stoppingToken);
                sent = next.Message is not null && await mqtt.PublishAsync(next.Message, stoppingToken);
            }
            finally
            {
                next.Sent?.TrySetResult(sent);
            }
        }
    }

    private void Wake()
    {
        if (_more.CurrentCount == 0)
        {
            _more.Release();
        }
    }
}
