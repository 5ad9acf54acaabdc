using System.Net;
using System.Net.Sockets;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.MqttBridge;
using HaNatsBridge.Host.MqttBridge.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.MqttBridge;

/// <summary>Brokers that take nobody: what is said, and that it holds no secret.</summary>
internal sealed class RefusingBrokerTests
{
    private const string Secret = "7hush-nobody-may-read-this";

    [Test]
    public async Task A_wrong_password_is_said_and_no_password_is_in_log_health_or_page()
    {
        await using var broker = await Mosquitto.StartAsync(users: ("anna", "right"));
        await using var home = await MqttBridgeHome.StartAsync(brokers: $"mqtt://anna:{Secret}@127.0.0.1:{broker.Port}");
        await Eventually.TrueAsync(
            () => home.Bridges is [{ Problem: { } problem }] && problem.Contains("BadUserNameOrPassword", StringComparison.Ordinal)
                || home.Bridges is [{ Problem: { } other }] && other.Contains("NotAuthorized", StringComparison.Ordinal),
            "the refusal is known",
            MqttBridgeHome.Patience);
        var health = string.Concat(
            home.Home.Services.GetServices<IHealthContributor>().Select(one => one.Report()).Select(one => one.Message + one.Details));
        health.ShouldContain($"127.0.0.1:{broker.Port}");
        health.ShouldNotContain(Secret);
        var folder = Path.GetDirectoryName(home.Home.Folder.TokenFile)!;
        await Eventually.TrueAsync(() => LogOf(folder).Contains("No connection to the MQTT broker", StringComparison.Ordinal), "it is logged");
        LogOf(folder).ShouldNotContain(Secret);
    }

    [Test]
    public async Task The_right_password_connects()
    {
        await using var broker = await Mosquitto.StartAsync(users: ("anna", "right"));
        await using var home = await MqttBridgeHome.StartAsync(brokers: $"mqtt://anna:right@127.0.0.1:{broker.Port}");
        await home.ConnectedAsync();
        home.Bridge.Problem.ShouldBeNull();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task TLS_connects_with_the_right_issuer_only(bool isKnown)
    {
        using var certificates = new TestCertificates();
        await using var broker = await Mosquitto.StartAsync(
            $"certfile {certificates.ServerCertFile}\nkeyfile {certificates.ServerKeyFile}");
        using var others = new TestCertificates();
        var issuer = Uri.EscapeDataString(isKnown ? certificates.CaFile : others.CaFile);
        var connection = Connection(BrokerAddress.Parse($"mqtts://127.0.0.1:{broker.Port}?ca={issuer}"));
        using var stop = new CancellationTokenSource();
        var running = connection.RunAsync(stop.Token);
        await (isKnown
            ? Eventually.TrueAsync(() => connection.IsConnected, "it is connected")
            : Eventually.TrueAsync(
                () => connection.Problem?.Contains("certificate", StringComparison.OrdinalIgnoreCase) == true, "the problem is known"));
        connection.IsConnected.ShouldBe(isKnown, connection.Problem);
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Test]
    public async Task A_broker_that_accepts_and_says_nothing_is_tried_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var connection = Connection(BrokerAddress.Parse($"mqtt://127.0.0.1:{port}"));
        using var stop = new CancellationTokenSource();
        var running = connection.RunAsync(stop.Token);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        // Both versions, and a second attempt.
        var sockets = new List<Socket>();
        while (sockets.Count < 3)
        {
            sockets.Add(await listener.AcceptSocketAsync(limit.Token));
        }

        connection.IsConnected.ShouldBeFalse();
        connection.Problem!.ShouldContain("no answer");
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20));
        sockets.ForEach(one => one.Dispose());
    }

    private static BrokerConnection Connection(BrokerAddress address) => new(address, "test", TimeProvider.System, NullLogger.Instance)
    {
        Patience = TimeSpan.FromSeconds(1),
        Received = (_, handled) =>
        {
            handled();
            return Task.CompletedTask;
        },
        Connected = () => Task.CompletedTask,
        Lost = () => Task.CompletedTask,
    };

    private static string LogOf(string folder) => string.Concat(
        Directory.EnumerateFiles(folder, "*.log", SearchOption.AllDirectories).Select(file =>
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }));
}
