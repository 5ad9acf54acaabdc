using System.Net;
using System.Net.Sockets;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-11: a host name that stands for several addresses.</summary>
[CancelAfter(45_000)]
public sealed class Adr11AddressRules
{
    private static readonly IPAddress[] Four = [.. Enumerable.Range(1, 4).Select(static x => IPAddress.Parse($"127.0.0.{x}"))];

    [Test]
    [Rule("ADR-11", "Design")]
    public void The_addresses_of_a_name_are_tried_in_random_order()
    {
        var orders = Enumerable.Range(0, 200).Select(static _ => HostAddresses.InOrder(Four, randomize: true)).ToArray();
        orders.ShouldAllBe(static x => x.Length == Four.Length && !Four.Except(x).Any());
        orders.Select(static x => x[0]).Distinct().Count().ShouldBe(Four.Length, "each comes first now and then");
    }

    [Test]
    [Rule("ADR-11", "Design")]
    public void Without_randomization_the_addresses_keep_the_order_of_the_name_service() => HostAddresses.InOrder(Four, randomize: false).ShouldBe(Four);

    [Test]
    [Rule("ADR-11", "Design")]
    public async Task An_address_is_not_resolved(CancellationToken token)
    {
        (await HostAddresses.ResolveAsync("127.0.0.7", randomize: true, token)).ShouldBe([IPAddress.Parse("127.0.0.7")]);
        (await HostAddresses.ResolveAsync("::1", randomize: true, token)).ShouldBe([IPAddress.IPv6Loopback]);
    }

    [Test]
    [Rule("ADR-11", "Design")]
    public async Task One_address_after_the_other_is_tried_until_one_takes_the_connection(CancellationToken token)
    {
        await using var server = new WireServer();
        var connected = await SocketTransport.ConnectAsync([IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"), IPAddress.Loopback, IPAddress.Parse("127.0.0.4")], server.Port, CoreTest.Patience, token);
        ((IPEndPoint)connected.Socket.RemoteEndPoint!).Address.ShouldBe(IPAddress.Loopback);
        connected.Dispose();
        await Should.ThrowAsync<SocketException>(async () => await SocketTransport.ConnectAsync([IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")], server.Port, CoreTest.Patience, token));
    }

    [TestCase(NatsServerVersion.Oldest)]
    [TestCase(NatsServerVersion.Newest)]
    [Rule("ADR-11", "Design")]
    public async Task A_name_leads_to_the_server_that_listens_on_one_of_its_addresses(NatsServerVersion version, CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(version, token);
        await using var nats = new NatsConnection(new NatsOpts { Url = $"nats://localhost:{server.Port}", ConnectTimeout = CoreTest.Patience });
        await nats.PingAsync(token);
        await using var unknown = new NatsConnection(new NatsOpts { Url = "nats://no-such-host.invalid", ConnectTimeout = CoreTest.Patience });
        (await Should.ThrowAsync<NatsException>(unknown.ConnectAsync().AsTask())).InnerException!.InnerException.ShouldBeOfType<SocketException>();
    }
}
