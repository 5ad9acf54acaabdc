using System.Text;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.MqttBridge;

/// <summary>Devices of a real mosquitto.</summary>
internal sealed class BrokerTests
{
    private TempFolder _folder = null!;
    private Mosquitto _broker = null!;
    private MqttBridgeHome _home = null!;
    private MqttProgram _device = null!;

    [SetUp]
    public async Task SetUp()
    {
        _folder = new TempFolder();
        _broker = await Mosquitto.StartAsync();
        _device = await MqttProgram.ConnectAsync(_broker.Port);
        _home = await MqttBridgeHome.StartAsync(brokers: Url());
        await _home.ConnectedAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _device.DisposeAsync();
        await _home.DisposeAsync();
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_device_joins_obeys_and_is_removed_by_an_empty_message()
    {
        await _device.SubscribeAsync("plug/set");
        await JoinAsync();

        var executing = _home.ExecuteAsync("turn_off");
        await Eventually.TrueAsync(() => _device.Received.Any(one => one is { Topic: "plug/set", Payload: "OFF" }), "it was commanded");
        await _device.PublishAsync("plug/state", "OFF");
        var outcome = await executing;
        outcome.Ok.ShouldBeTrue(outcome.Message);
        outcome.Confirmed.ShouldBe(true);
        await _home.StateAsync("\"off\"");

        await _device.PublishAsync(MqttBridgeHome.PlugTopic, "", isRetained: true);
        await _home.GoneAsync();
    }

    [Test]
    public async Task A_removed_device_may_come_again()
    {
        for (var i = 0; i < 3; i++)
        {
            await JoinAsync();
            await _device.PublishAsync(MqttBridgeHome.PlugTopic, "", isRetained: true);
            await _home.GoneAsync();
        }
    }

    [Test]
    public async Task While_the_broker_is_away_its_devices_are_and_commands_name_it()
    {
        await JoinAsync();
        _broker.Kill();
        await _home.OnlineAsync(false);
        var outcome = await _home.ExecuteAsync("turn_off");
        outcome.Code.ShouldBe(CommandCodes.DeviceOffline);
        HealthOf().ShouldContain($"127.0.0.1:{_broker.Port}");

        await _broker.StartAsync();
        await _home.ConnectedAsync();
        await _home.OnlineAsync();
        (await ReconnectAsync()).ShouldBeTrue();
        await StateAsync("OFF", "\"off\"");
    }

    [Test]
    public async Task Devices_read_that_they_are_served_and_that_they_are_no_longer()
    {
        await _device.SubscribeAsync("homeassistant/status");
        _home.Bridge.Broker.Version.ShouldBeNull();
        await _home.DisposeAsync();
        await Eventually.TrueAsync(() => _device.Received.Any(one => one.Payload == "offline"), "it says offline");

        _home = await MqttBridgeHome.StartAsync(brokers: Url());
        await Eventually.TrueAsync(() => _device.Received.Any(one => one.Payload == "online"), "it says online", MqttBridgeHome.Patience);
    }

    [Test]
    public async Task A_session_that_was_taken_over_is_taken_back()
    {
        await JoinAsync();
        var id = $"hanatsbridge-{_home.Home.Get<Host.Storage.IHomeStorage>().BridgeId}-"
            + Mqtt.MqttNames.TokenOf($"127.0.0.1:{_broker.Port}");
        await using (await MqttProgram.ConnectAsync(_broker.Port, clientId: id))
        {
            await _home.ConnectedAsync();
        }

        await _home.ConnectedAsync();
        await StateAsync("OFF", "\"off\"");
    }

    [Test]
    public async Task After_a_restart_of_the_sidecar_retained_messages_describe_the_same_devices()
    {
        await _home.DisposeAsync();
        _home = await MqttBridgeHome.StartAsync(folder: _folder.Path, brokers: Url());
        await JoinAsync();
        await _home.DisposeAsync();

        _home = await MqttBridgeHome.StartAsync(folder: _folder.Path, brokers: Url());
        await _home.OnlineAsync();
        await StateAsync("OFF", "\"off\"");
        _home.Home.Get<IDeviceRegistry>().Count.ShouldBe(1);
    }

    [Test]
    public async Task Ten_thousand_retained_messages_at_connect_are_all_read()
    {
        await _home.DisposeAsync();
        for (var i = 0; i < 10_000; i++)
        {
            await _device.PublishAsync($"homeassistant/sensor/wrong_{i}/config", "{\"unit_of_measurement\":7}", isRetained: true, qos: 0);
        }

        await _device.PublishAsync(MqttBridgeHome.PlugTopic, MqttBridgeHome.PlugConfig, isRetained: true);
        _home = await MqttBridgeHome.StartAsync(brokers: Url());
        await _home.OnlineAsync();
        await Eventually.TrueAsync(() => _home.Bridge.Rejected == 10_000, "all are read", MqttBridgeHome.Patience);
        await StateAsync("ON", "\"on\"");
    }

    [Test]
    public async Task A_storm_holds_up_neither_the_last_state_nor_commands()
    {
        await JoinAsync();
        var executing = default(Task<Host.Commands.CommandOutcome>);
        for (var i = 0; i < 30_000; i++)
        {
            await _device.PublishAsync("plug/state", i % 2 == 0 ? "ON" : "OFF", qos: 0);
            if (i == 15_000)
            {
                executing = _home.ExecuteAsync("turn_on").AsTask();
            }
        }

        (await executing!).Ok.ShouldBeTrue();
        await Eventually.TrueAsync(() => _home.Bridge.Messages >= 30_000, "all are read", MqttBridgeHome.Patience);
        await _home.StateAsync("\"off\"");
    }

    [Test]
    public async Task What_is_large_or_no_text_harms_nobody()
    {
        byte[] noText = [0xff, 0xfe, 0x80, 0xc0];
        var large = new byte[1024 * 1024];
        await JoinAsync();
        foreach (var payload in new[] { noText, large, Encoding.UTF8.GetBytes(new string('x', 1024 * 1024)) })
        {
            await _device.PublishAsync("plug/state", payload);
            await _device.PublishAsync("homeassistant/switch/other/config", payload);
            await _device.PublishAsync("homeassistant/device/other/config", payload);
        }

        await _device.PublishAsync("plug/state", "OFF");
        await _home.StateAsync("\"off\"");
        _home.Bridge.Rejected.ShouldBeGreaterThan(0);
    }

    private string Url() => $"mqtt://127.0.0.1:{_broker.Port}";

    private string HealthOf() => string.Concat(
        _home.Home.Services.GetServices<IHealthContributor>().Select(one => one.Report()).Select(one => one.Message + one.Details));

    private async Task<bool> ReconnectAsync()
    {
        await _device.DisposeAsync();
        _device = await MqttProgram.ConnectAsync(_broker.Port);
        await _device.PublishAsync(MqttBridgeHome.PlugTopic, MqttBridgeHome.PlugConfig, isRetained: true);
        return _device.IsConnected;
    }

    private async Task JoinAsync()
    {
        await _device.PublishAsync(MqttBridgeHome.PlugTopic, MqttBridgeHome.PlugConfig, isRetained: true);
        await _home.OnlineAsync();
        await StateAsync("ON", "\"on\"");
    }

    /// <summary>What is published while nobody is subscribed is lost, as at any broker: so it is published again.</summary>
    private Task StateAsync(string payload, string state) => Eventually.TrueAsync(
        async () =>
        {
            await _device.PublishAsync("plug/state", payload);
            return _home.StateOf(MqttBridgeHome.Relay) == state;
        },
        $"the state is {state}",
        MqttBridgeHome.Patience);
}
