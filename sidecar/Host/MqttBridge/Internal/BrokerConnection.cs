using System.Buffers;
using HaNatsBridge.Host.Timing;
using HaNatsBridge.Mqtt;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>
/// A connection to a broker that reconnects for ever. Messages are handed on one after the other; what was read and not handled
/// yet is bounded (<see cref="Intake"/>). Whoever handles messages must not wait for the broker's answers, which come behind
/// them: <see cref="Outbox"/> waits.
/// </summary>
internal sealed partial class BrokerConnection(BrokerAddress address, string clientId, TimeProvider time, ILogger log)
{
    private const int FiltersAtOnce = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>A connection that was shorter does not end the outage: two that use one client id evict each other.</summary>
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(10);

    private readonly MqttClientFactory _factory = new();
    private volatile BrokerClient? _client;

    /// <summary>How long the broker may take for an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether it is connected now.</summary>
    public bool IsConnected => _client is { Mqtt.IsConnected: true };

    /// <summary>Why it is not connected; null while it is.</summary>
    public string? Problem { get; private set; } = "not connected yet";

    /// <summary>Takes a message, and an action to be called when it is handled.</summary>
    public required Func<MqttApplicationMessage, Action, Task> Received { get; init; }

    /// <summary>Called after each connect.</summary>
    public required Func<Task> Connected { get; init; }

    /// <summary>Called after each loss.</summary>
    public required Func<Task> Lost { get; init; }

    /// <summary>Connects, and stays connected until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var backOff = new OutageBackOff(time, Longest);
        string? logged = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var client = await BrokerClient.ConnectAsync(address, clientId, Patience, Received, stoppingToken);
                var since = time.GetTimestamp();
                await StayAsync(client, stoppingToken);
                if (time.GetElapsedTime(since) > Steady)
                {
                    logged = null;
                    backOff.Reset();
                }
            }
            catch (Exception exception)
            {
                // The client reports an end in several ways: which one it was is known below.
                Problem = exception.Message;
            }

            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            if (Problem != logged)
            {
                LogLost(address, logged = Problem);
            }

            await backOff.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Subscribes to filters. Where that fails the connection is ended: the next one subscribes to everything.</summary>
    public async Task SubscribeAsync(IReadOnlyCollection<(string Filter, int Qos)> filters, CancellationToken stoppingToken)
    {
        foreach (var some in filters.Chunk(FiltersAtOnce))
        {
            await AskAsync("a subscription", async (client, cancellationToken) =>
            {
                var options = _factory.CreateSubscribeOptionsBuilder();
                foreach (var (filter, qos) in some)
                {
                    options.WithTopicFilter(one => one.WithTopic(filter).WithQualityOfServiceLevel(QosOf(qos)));
                }

                var result = await client.SubscribeAsync(options.Build(), cancellationToken);
                foreach (var refused in result.Items.Where(item => (int)item.ResultCode >= 0x80))
                {
                    LogRefused(address, refused.TopicFilter.Topic, refused.ResultCode.ToString());
                }

                return true;
            }, endsConnection: true, stoppingToken);
        }
    }

    /// <summary>Unsubscribes from filters, if there is a connection.</summary>
    public async Task UnsubscribeAsync(IReadOnlyCollection<string> filters, CancellationToken stoppingToken)
    {
        foreach (var some in filters.Chunk(FiltersAtOnce))
        {
            await AskAsync("the end of a subscription", async (client, cancellationToken) =>
            {
                var options = _factory.CreateUnsubscribeOptionsBuilder();
                foreach (var filter in some)
                {
                    options.WithTopicFilter(filter);
                }

                await client.UnsubscribeAsync(options.Build(), cancellationToken);
                return true;
            }, endsConnection: true, stoppingToken);
        }
    }

    /// <summary>Publishes; false when there is no connection or the broker does not take it.</summary>
    public Task<bool> PublishAsync(MqttPublish message, CancellationToken stoppingToken) =>
        AskAsync(message.Topic, async (client, cancellationToken) =>
            (await client.PublishAsync(MessageOf(message), cancellationToken)).IsSuccess, endsConnection: false, stoppingToken);

    private async Task StayAsync(BrokerClient client, CancellationToken stoppingToken)
    {
        _client = client;
        Problem = null;
        LogConnected(address, client.Version == MqttProtocolVersion.V311 ? "3.1.1" : "5");
        try
        {
            await Connected();
            Problem = await client.Gone.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Without an end of its own a broker would publish the will; with one it does not.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await PublishAsync(address.Status(BrokerAddress.Offline), limit.Token);
            await client.EndAsync();
        }
        finally
        {
            _client = null;
        }

        if (!stoppingToken.IsCancellationRequested)
        {
            await Lost();
        }
    }

    private async Task<bool> AskAsync(
        string what, Func<IMqttClient, CancellationToken, Task<bool>> ask, bool endsConnection, CancellationToken stoppingToken)
    {
        if (_client is not { } client)
        {
            return false;
        }

        // With a token of the caller's the client itself sets no limit.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(Patience);
        try
        {
            return await ask(client.Mqtt, limit.Token);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(address, what, exception is OperationCanceledException
                ? $"no answer within {Patience.TotalSeconds} s" : exception.GetBaseException().Message);
            if (endsConnection || exception is OperationCanceledException)
            {
                await client.EndAsync();
            }

            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private MqttApplicationMessage MessageOf(MqttPublish message)
    {
        var builder = new MqttApplicationMessageBuilder()
            .WithTopic(message.Topic)
            .WithPayload(new ReadOnlySequence<byte>(message.Payload))
            .WithQualityOfServiceLevel(QosOf(message.Qos))
            .WithRetainFlag(message.IsRetained);
        if (message.ExpirySeconds is { } expiry && _client is { Version: MqttProtocolVersion.V500 })
        {
            builder.WithMessageExpiryInterval((uint)expiry);
        }

        return builder.Build();
    }

    private MqttQualityOfServiceLevel QosOf(int qos) => (MqttQualityOfServiceLevel)Math.Min(qos, address.MostQos);

    [LoggerMessage(6100, LogLevel.Information, "Connected to the MQTT broker {Broker} (MQTT {Version})")]
    private partial void LogConnected(BrokerAddress broker, string version);

    [LoggerMessage(6101, LogLevel.Warning, "No connection to the MQTT broker {Broker}: {Problem} It is tried again until there is one")]
    private partial void LogLost(BrokerAddress broker, string? problem);

    [LoggerMessage(6102, LogLevel.Warning, "The MQTT broker {Broker} does not allow the subscription to {Filter}: {Code}")]
    private partial void LogRefused(BrokerAddress broker, string filter, string code);

    [LoggerMessage(6103, LogLevel.Warning, "The MQTT broker {Broker} did not take {What}: {Problem}")]
    private partial void LogFailed(BrokerAddress broker, string what, string problem);
}
