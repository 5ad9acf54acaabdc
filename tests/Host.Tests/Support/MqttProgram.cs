using System.Collections.Concurrent;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>A client of a broker as a device or a person has it.</summary>
public sealed class MqttProgram : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

    private MqttProgram() =>
        _client.ApplicationMessageReceivedAsync += one =>
        {
            var message = one.ApplicationMessage;
            Received.Enqueue((message.Topic, message.ConvertPayloadToString() ?? "", message.Retain));
            return Task.CompletedTask;
        };

    /// <summary>What has come.</summary>
    public ConcurrentQueue<(string Topic, string Payload, bool IsRetained)> Received { get; } = [];

    public bool IsConnected => _client.IsConnected;

    /// <summary>Connects; throws with the broker's answer where it refuses.</summary>
    public static async Task<MqttProgram> ConnectAsync(
        int port, string? user = null, string? password = null, string? clientId = null, string? caFile = null, bool old = true)
    {
        var program = new MqttProgram();
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithProtocolVersion(old ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500)
            .WithTryPrivate(false)
            .WithClientId(clientId ?? $"program-{Guid.NewGuid():N}");
        if (user is not null)
        {
            options.WithCredentials(user, password ?? "");
        }

        if (caFile is not null)
        {
            var trusted = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection();
            trusted.ImportFromPemFile(caFile);
            options.WithTlsOptions(tls => tls.UseTls().WithTargetHost("127.0.0.1").WithTrustChain(trusted));
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var answer = await program._client.ConnectAsync(options.Build(), limit.Token);
        return answer.ResultCode == MqttClientConnectResultCode.Success
            ? program
            : throw new UnauthorizedAccessException(answer.ResultCode.ToString());
    }

    /// <summary>Subscribes; whether the broker allows it.</summary>
    public async Task<bool> SubscribeAsync(string filter, int qos = 0)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var options = new MqttClientFactory().CreateSubscribeOptionsBuilder()
            .WithTopicFilter(one => one.WithTopic(filter).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos)).Build();
        var result = await _client.SubscribeAsync(options, limit.Token);
        return result.Items.All(item => (int)item.ResultCode < 0x80);
    }

    public Task PublishAsync(string topic, string payload, bool isRetained = false, int qos = 1) =>
        PublishAsync(topic, Encoding.UTF8.GetBytes(payload), isRetained, qos);

    public async Task PublishAsync(string topic, byte[] payload, bool isRetained = false, int qos = 1)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _client.PublishAsync(
            new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload).WithRetainFlag(isRetained)
                .WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos).Build(),
            limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _client.DisconnectAsync();
        }
        catch (Exception)
        {
            // It ends either way.
        }

        _client.Dispose();
    }
}
