using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>One connection to a broker, from its start to its end.</summary>
internal sealed class BrokerClient : IDisposable
{
    private const int SocketBuffer = 262_144;

    /// <summary>Larger messages are not sent by a broker that speaks MQTT 5.</summary>
    private const int MostBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    private readonly Intake _intake = new();
    private readonly TaskCompletionSource<string> _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BrokerClient(IMqttClient client, MqttProtocolVersion version, Func<MqttApplicationMessage, Action, Task> received)
    {
        (Mqtt, Version) = (client, version);
        client.InspectPacketAsync += _intake.ReadAsync;
        client.ApplicationMessageReceivedAsync += async one =>
        {
            var length = one.ApplicationMessage.Payload.Length;
            await received(one.ApplicationMessage, () => _intake.Handled(length));
        };
        client.DisconnectedAsync += lost =>
        {
            _intake.Close();
            _gone.TrySetResult(ProblemOf(lost));
            return Task.CompletedTask;
        };
    }

    /// <summary>The client.</summary>
    public IMqttClient Mqtt { get; }

    /// <summary>The version that was agreed on.</summary>
    public MqttProtocolVersion Version { get; }

    /// <summary>Ends with the connection: why it has ended.</summary>
    public Task<string> Gone => _gone.Task;

    /// <summary>Connects: by MQTT 5 and, where the broker does not accept that, by 3.1.1, unless the settings name one.</summary>
    /// <param name="address">The broker.</param>
    /// <param name="clientId">The client id where the settings name none.</param>
    /// <param name="patience">How long each attempt may take.</param>
    /// <param name="received">Takes a message, and an action to be called when it is handled.</param>
    /// <param name="stoppingToken">Ends the attempt.</param>
    /// <param name="hasWill">Whether the broker publishes <c>offline</c> when the connection is lost.</param>
    /// <exception cref="IOException">There is no connection; the message says why, without a secret.</exception>
    public static async Task<BrokerClient> ConnectAsync(
        BrokerAddress address, string clientId, TimeSpan patience, Func<MqttApplicationMessage, Action, Task> received,
        CancellationToken stoppingToken, bool hasWill = true)
    {
        MqttProtocolVersion[] versions = address.Version switch
        {
            5 => [MqttProtocolVersion.V500],
            311 => [MqttProtocolVersion.V311],
            _ => [MqttProtocolVersion.V500, MqttProtocolVersion.V311],
        };
        var problem = "";
        foreach (var version in versions)
        {
            var client = new BrokerClient(new MqttClientFactory().CreateMqttClient(), version, received);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            limit.CancelAfter(patience);
            try
            {
                var answer = await client.Mqtt.ConnectAsync(OptionsFor(address, clientId, version, hasWill), limit.Token);
                if (answer.ResultCode == MqttClientConnectResultCode.Success)
                {
                    return client;
                }

                client.Dispose();
                problem = $"the broker answers {answer.ResultCode}{(answer.ReasonString is { Length: > 0 } why ? $" ({why})" : "")}";
                if (answer.ResultCode != MqttClientConnectResultCode.UnsupportedProtocolVersion)
                {
                    break;
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                client.Dispose();
                problem = limit.IsCancellationRequested
                    ? $"no answer within {patience.TotalSeconds} s"
                    : exception.GetBaseException().Message;
                if (exception.GetBaseException() is System.Net.Sockets.SocketException
                    or System.Security.Authentication.AuthenticationException)
                {
                    break;
                }
            }
            catch
            {
                client.Dispose();
                throw;
            }
        }

        throw new IOException(problem.TrimEnd('.') + ".");
    }

    /// <summary>Ends the connection, also where the broker does not answer.</summary>
    public async Task EndAsync()
    {
        _intake.Close();
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await Mqtt.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token);
        }
        catch (Exception)
        {
            // It ends either way.
        }

        _gone.TrySetResult("the connection was ended.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _intake.Close();
        Mqtt.Dispose();
    }

    private static string ProblemOf(MqttClientDisconnectedEventArgs lost) =>
        lost.ReasonString is { Length: > 0 } reason ? reason
        : lost.Exception?.GetBaseException().Message
        ?? (lost.Reason == MqttClientDisconnectReason.NormalDisconnection
            ? "the broker has closed the connection."
            : $"the broker says {lost.Reason}.");

    private static MqttClientOptions OptionsFor(BrokerAddress address, string clientId, MqttProtocolVersion version, bool hasWill)
    {
        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer(address.Host, address.Port)
            .WithProtocolVersion(version)
            .WithClientId(address.ClientId ?? clientId)
            .WithCleanStart(address.IsClean)
            .WithKeepAlivePeriod(KeepAlive)
            // nats-server's gateway refuses a flag with which MQTTnet says that it is a bridge.
            .WithTryPrivate(false);
        if (hasWill)
        {
            builder.WithWillTopic(address.StatusTopic).WithWillPayload(BrokerAddress.Offline);
        }

        if (version == MqttProtocolVersion.V500)
        {
            builder.WithMaximumPacketSize(MostBytes);
            if (!address.IsClean)
            {
                builder.WithSessionExpiryInterval(uint.MaxValue);
            }
        }

        if (address.User is not null)
        {
            builder.WithCredentials(address.User, address.Password ?? "");
        }

        if (address.IsTls)
        {
            builder.WithTlsOptions(tls => TlsOptions(address, tls));
        }

        var options = builder.Build();
        // With the usual buffer, nats-server's gateway and MQTTnet can wait for each other for ever.
        ((MqttClientTcpOptions)options.ChannelOptions).BufferSize = SocketBuffer;
        return options;
    }

    private static void TlsOptions(BrokerAddress address, MqttClientTlsOptionsBuilder tls)
    {
        tls.UseTls().WithTargetHost(address.Host);
        if (address.Accepts is { } accepts)
        {
            tls.WithCertificateValidationHandler(shown => accepts(shown.Certificate));
        }

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
}
