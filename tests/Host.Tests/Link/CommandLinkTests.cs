using System.Net.NetworkInformation;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Link;

[CancelAfter(60_000)]
public sealed class CommandLinkTests
{
    [Test]
    public async Task A_lost_connection_is_replaced_by_another_one_and_ends_for_good(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(cancellationToken: token);
        await using var line = new TcpProxy(server.Port);
        await using var home = await StartAsync(line.Url);
        var link = home.Get<ICommandLink>();
        var first = await link.OpenedAsync(token);
        (await link.OpenedAsync(token)).ShouldBeSameAs(first);

        line.Cut();
        await Eventually.TrueAsync(() => first.Lost.IsCancellationRequested, "the loss is noticed");
        var second = await link.OpenedAsync(token);
        second.ShouldNotBeSameAs(first);
        await second.Nats.PingAsync(token);
        first.IsLost.ShouldBeTrue();
        await Should.ThrowAsync<ObjectDisposedException>(
            async () => await Eventually.TrueAsync(async () => { await first.Nats.PublishAsync("home.x.y", "late", cancellationToken: token); return false; }, "never"));
    }

    /// <summary>Else the system would go on for minutes to send what the client had written, to a server that can be reached again.</summary>
    [Test]
    public async Task A_dead_line_is_noticed_within_a_few_seconds_and_nothing_that_was_written_is_sent_after_that(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(cancellationToken: token);
        await using var line = new TcpProxy(server.Port);
        await using var home = await StartAsync(line.Url);
        var connection = await home.Get<ICommandLink>().OpenedAsync(token);
        var sockets = Sockets(line);
        line.Silent = true;
        var payload = new byte[1 << 19];
        Task[] publishing = [.. Enumerable.Range(0, 64).Select(_ => connection.Nats.PublishAsync("home.x.y", payload, cancellationToken: token).AsTask())];
        await Eventually.TrueAsync(() => connection.Lost.IsCancellationRequested, "the loss is noticed", TimeSpan.FromSeconds(8));
        await Task.WhenAll(publishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Eventually.TrueAsync(() => Sockets(line).Intersect(sockets).Count() == 1, "the home connection is there still, and the other one's socket has nothing left to send");
    }

    /// <summary>The local ports of all sockets to that line, also of those that are closed and have something left to send.</summary>
    private static int[] Sockets(TcpProxy line) =>
    [
        .. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Where(socket => socket.RemoteEndPoint.Port == line.Port).Select(socket => socket.LocalEndPoint.Port),
    ];

    private static Task<TestHome> StartAsync(string url) => TestHome.StartAsync(options: o => o with { Nats = o.Nats with { Url = url } });
}
