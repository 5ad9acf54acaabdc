using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.MqttBridge;

/// <summary>The gateway where other machines reach it.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
internal sealed class GatewayTlsTests(string program)
{
    [Test]
    public async Task Beyond_this_machine_it_demands_TLS_and_a_credential_also_where_NATS_does_not()
    {
        var port = FreePort.Next();
        await using var home = await MqttBridgeHome.StartAsync(
            program, options: now => now with { Nats = now.Nats with { MqttListen = $"0.0.0.0:{port}" } });
        await home.ConnectedAsync();
        var access = home.Home.Get<IEmbeddedServer>().Access;
        access.Tls.ShouldBeNull();
        access.IsOpen.ShouldBeTrue();
        access.Mqtt.ShouldNotBeNull().IsOpen.ShouldBeFalse();
        var ca = access.Mqtt.Tls.ShouldNotBeNull().CaFile.ShouldNotBeNull();

        var login = await home.Home.Get<IFleet>().AddMqttAsync(new("lamp", "desk"), ["desk/#"], CancellationToken.None);
        await using (var device = await MqttProgram.ConnectAsync(port, login.Credential.Login, login.Secret, caFile: ca))
        {
            device.IsConnected.ShouldBeTrue();
        }

        await Should.ThrowAsync<Exception>(() => MqttProgram.ConnectAsync(port, login.Credential.Login, login.Secret));
        await Should.ThrowAsync<Exception>(() => MqttProgram.ConnectAsync(port, caFile: ca));
        await Should.ThrowAsync<Exception>(() => MqttProgram.ConnectAsync(port, "anonymous", "", caFile: ca));
    }

    [Test]
    public async Task With_no_anonymous_nobody_comes_in_without_a_credential()
    {
        var port = FreePort.Next();
        await using var home = await MqttBridgeHome.StartAsync(
            program, options: now => now with { Nats = now.Nats with { MqttListen = $"127.0.0.1:{port}", NoAnonymous = true } });
        await home.ConnectedAsync();
        await Should.ThrowAsync<Exception>(() => MqttProgram.ConnectAsync(port));
    }
}
