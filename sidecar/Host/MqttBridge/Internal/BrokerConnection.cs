using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using HaNatsBridge.Host.Timing;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>
/// A connection to a broker that reconnects for ever. Where the settings name no version, MQTT 5 and 3.1.1 take turns until the
/// broker accepts one. Handlers are called one after the other; while one runs, nothing more is read from the socket.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim needs no disposal unless its wait handle is used.")]
internal sealed partial class BrokerConnection(BrokerAddress address, string clientId, TimeProvider time, ILogger log)
{
    private const int SocketBuffer = 262_144;
    private const int FiltersAtOnce = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly MqttClientFactory _factory = new();
    private readonly SemaphoreSlim _subscribing = new(1, 1);
    private IMqttClient? _client;
    private MqttProtocolVersion _version = address.Version == 311 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500;

    /// <summary>Whether it is connected now.</summary>
    public bool IsConnected => _client is { IsConnected: true };

    /// <summary>Why it is not connected; null while it is.</summary>
    public string? Problem { get; private set; } = "not connected yet";

    /// <summary>The version that was agreed on.</summary>
    public string Version => _version == MqttProtocolVersion.V311 ? "3.1.1" : "5";

    /// <summary>Takes a message.</summary>
    public required Func<MqttApplicationMessage, Task> Received { get; init; }

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
            using var client = _factory.CreateMqttClient();
            var gone = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            client.ApplicationMessageReceivedAsync += received => Received(received.ApplicationMessage);
            client.DisconnectedAsync += lost =>
            {
                gone.TrySetResult(lost.Exception?.Message ?? lost.ReasonString ?? lost.Reason.ToString());
                return Task.CompletedTask;
            };
            try
            {
                await client.ConnectAsync(OptionsFor(), stoppingToken);
                _client = client;
                Problem = logged = null;
                backOff.Reset();
                LogConnected(address, Version);
                await Connected();
                Problem = await gone.Task.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                await DisconnectAsync(client);
            }
            catch (Exception exception)
            {
                Problem = exception.InnerException?.Message ?? exception.Message;
                TryOtherVersion();
            }

            var wasConnected = _client is not null;
            _client = null;
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            if (Problem != logged)
            {
                LogLost(address, logged = Problem);
            }

            if (wasConnected)
            {
                await Lost();
            }

            await backOff.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Subscribes to filters; false when there is no connection, then the next one subscribes to everything anew.
    /// </summary>
    public async Task<bool> SubscribeAsync(IReadOnlyCollection<(string Filter, int Qos)> filters, CancellationToken cancellationToken)
    {
        if (_client is not { } client)
        {
            return false;
        }

        await _subscribing.WaitAsync(cancellationToken);
        try
        {
            foreach (var some in filters.Chunk(FiltersAtOnce))
            {
                var options = _factory.CreateSubscribeOptionsBuilder();
                foreach (var (filter, qos) in some)
                {
                    options.WithTopicFilter(one => one.WithTopic(filter).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos));
                }

                var result = await client.SubscribeAsync(options.Build(), cancellationToken);
                foreach (var refused in result.Items.Where(item => (int)item.ResultCode >= 0x80))
                {
                    LogRefused(address, refused.TopicFilter.Topic, refused.ResultCode.ToString());
                }
            }

            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotSubscribed(address, exception.Message);
            return false;
        }
        finally
        {
            _subscribing.Release();
        }
    }

    /// <summary>Unsubscribes from filters, if there is a connection.</summary>
    public async Task UnsubscribeAsync(IReadOnlyCollection<string> filters, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var some in filters.Chunk(FiltersAtOnce))
            {
                if (_client is { } client)
                {
                    var options = _factory.CreateUnsubscribeOptionsBuilder();
                    foreach (var filter in some)
                    {
                        options.WithTopicFilter(filter);
                    }

                    await client.UnsubscribeAsync(options.Build(), cancellationToken);
                }
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next connection subscribes only to what is wanted.
            LogNotSubscribed(address, exception.Message);
        }
    }

    /// <summary>Publishes; false when there is no connection or the broker does not take it.</summary>
    public async Task<bool> PublishAsync(Mqtt.MqttPublish message, CancellationToken cancellationToken)
    {
        if (_client is not { } client)
        {
            return false;
        }

        var builder = new MqttApplicationMessageBuilder()
            .WithTopic(message.Topic)
            .WithPayload(new ReadOnlySequence<byte>(message.Payload))
            .WithQualityOfServiceLevel((MqttQualityOfServiceLevel)message.Qos)
            .WithRetainFlag(message.IsRetained);
        if (message.ExpirySeconds is { } expiry && _version == MqttProtocolVersion.V500)
        {
            builder.WithMessageExpiryInterval((uint)expiry);
        }

        try
        {
            return (await client.PublishAsync(builder.Build(), cancellationToken)).IsSuccess;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotPublished(address, message.Topic, exception.Message);
            return false;
        }
    }

    private static async Task DisconnectAsync(IMqttClient client)
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await client.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token);
        }
        catch (Exception)
        {
            // It ends either way.
        }
    }

    private void TryOtherVersion()
    {
        if (address.Version is null && _client is null)
        {
            _version = _version == MqttProtocolVersion.V500 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500;
        }
    }

    private MqttClientOptions OptionsFor()
    {
        var status = $"{address.Prefix}/status";
        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer(address.Host, address.Port)
            .WithProtocolVersion(_version)
            .WithClientId(address.ClientId ?? clientId)
            .WithCleanStart(address.IsClean)
            .WithKeepAlivePeriod(TimeSpan.FromSeconds(30))
            .WithTimeout(Timeout)
            // nats-server's gateway refuses a flag with which MQTTnet says that it is a bridge.
            .WithTryPrivate(false)
            .WithWillTopic(status)
            .WithWillPayload("offline");
        if (!address.IsClean && _version == MqttProtocolVersion.V500)
        {
            builder.WithSessionExpiryInterval(uint.MaxValue);
        }

        if (address.User is not null)
        {
            builder.WithCredentials(address.User, address.Password ?? "");
        }

        if (address.IsTls)
        {
            builder.WithTlsOptions(TlsOptions);
        }

        var options = builder.Build();
        // With the usual buffer, nats-server's gateway and MQTTnet can wait for each other for ever.
        ((MqttClientTcpOptions)options.ChannelOptions).BufferSize = SocketBuffer;
        return options;
    }

    private void TlsOptions(MqttClientTlsOptionsBuilder tls)
    {
        tls.UseTls().WithTargetHost(address.Host);
        if (address.CaFile is { } issuer)
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPemFile(issuer);
            tls.WithTrustChain(trusted);
        }

        if (address.CertFile is { } certificate)
        {
            // A certificate from PEM has its key in memory only, which TLS does not take everywhere.
            using var pem = X509Certificate2.CreateFromPemFile(certificate, address.KeyFile);
            var usable = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            tls.WithClientCertificates([usable]);
        }
    }

    [LoggerMessage(6100, LogLevel.Information, "Connected to the MQTT broker {Broker} (MQTT {Version})")]
    private partial void LogConnected(BrokerAddress broker, string version);

    [LoggerMessage(6101, LogLevel.Warning, "No connection to the MQTT broker {Broker}: {Problem} It is tried again until there is one")]
    private partial void LogLost(BrokerAddress broker, string? problem);

    [LoggerMessage(6102, LogLevel.Warning, "The MQTT broker {Broker} does not allow the subscription to {Filter}: {Code}")]
    private partial void LogRefused(BrokerAddress broker, string filter, string code);

    [LoggerMessage(6103, LogLevel.Warning, "A subscription at the MQTT broker {Broker} failed: {Problem}")]
    private partial void LogNotSubscribed(BrokerAddress broker, string problem);

    [LoggerMessage(6104, LogLevel.Warning, "A message to {Topic} was not taken by the MQTT broker {Broker}: {Problem}")]
    private partial void LogNotPublished(BrokerAddress broker, string topic, string problem);
}
