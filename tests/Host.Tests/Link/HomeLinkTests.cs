using System.Collections.Concurrent;
using System.Diagnostics;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Link;

[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class HomeLinkTests(string program)
{
    private TestHome _home = null!;

    [SetUp]
    public async Task SetUp() => _home = await TestHome.StartAsync(program: program);

    [TearDown]
    public async Task TearDown() => await _home.DisposeAsync();

    [Test]
    public async Task Both_accounts_are_connected_and_apart()
    {
        var link = _home.Link;
        await link.FirstConnected.WaitAsync(TimeSpan.FromSeconds(10));
        link.IsUp.ShouldBeTrue();
        link.Generation.ShouldBe(1);

        var answer = await link.System!.RequestAsync<string, string>("$SYS.REQ.ACCOUNT.HOME.CONNZ", "{}");
        answer.Data.ShouldNotBeNull().ShouldContain("hanatsbridge");
    }

    [Test]
    public async Task A_killed_server_is_told_as_a_loss_and_its_return_as_the_next_generation()
    {
        var changes = new ConcurrentQueue<LinkChange>();
        _home.Link.Changed += changes.Enqueue;
        var server = _home.Get<EmbeddedServer>();
        using (var process = Process.GetProcessById(server.Running!.Pid))
        {
            process.Kill();
        }

        await Eventually.TrueAsync(() => changes.Count >= 2, "lost and opened");
        changes.ShouldBe([new LinkChange(false, 1), new LinkChange(true, 2)]);
        _home.Link.IsUp.ShouldBeTrue();
    }

    [Test]
    public async Task One_listener_that_fails_keeps_the_news_from_no_other()
    {
        var changes = new ConcurrentQueue<LinkChange>();
        _home.Link.Changed += _ => throw new InvalidOperationException("out of luck");
        _home.Link.Changed += changes.Enqueue;
        using (var process = Process.GetProcessById(_home.Get<EmbeddedServer>().Running!.Pid))
        {
            process.Kill();
        }

        await Eventually.TrueAsync(() => changes.Count >= 2, "lost and opened");
        changes.ShouldBe([new LinkChange(false, 1), new LinkChange(true, 2)]);
    }

    [TestCase("$JS.API.INFO")]
    [TestCase("$KV.home_devices.a.b")]
    [TestCase("$SYS.REQ.SERVER.PING")]
    [TestCase("other")]
    public async Task Without_credentials_nothing_else_may_be_published(string subject)
    {
        await using var client = _home.Client();
        var refused = new TaskCompletionSource<string>();
        client.ServerError += (_, arguments) =>
        {
            refused.TrySetResult(arguments.Error);
            return ValueTask.CompletedTask;
        };
        await client.PublishAsync(subject, "x");

        (await refused.Task.WaitAsync(TimeSpan.FromSeconds(10))).ShouldContain("Permissions Violation", Case.Insensitive);
    }

    [Test]
    public async Task Wrong_credentials_are_refused()
    {
        await using var client = _home.Client(new NatsOpts { AuthOpts = new NatsAuthOpts { Username = "hanatsbridge", Password = "wrong" } });
        await Should.ThrowAsync<NatsException>(async () => await client.ConnectAsync());
    }

    [Test]
    public async Task A_server_that_refuses_the_sidecar_is_named_with_its_reason()
    {
        await using var second = await TestHome.StartAsync(
            options: options => options with { Nats = new() { Url = $"nats://hanatsbridge:wrong@{_home.NatsUrl["nats://".Length..]}" } });
        var link = second.Get<Host.Link.Internal.HomeLink>();
        await Eventually.TrueAsync(
            () => link.Report().Message?.Contains("refuses the connection (Authorization Violation)", StringComparison.OrdinalIgnoreCase) == true,
            $"the reason is reported, but {link.Report().Message}");
        link.Report().Message!.ShouldNotContain("wrong");
    }

    [Test]
    public async Task Bound_to_any_address_the_server_takes_nobody_without_credentials()
    {
        await using var open = await TestHome.StartAsync(
            program: program, options: options => options with { Nats = options.Nats with { Listen = "0.0.0.0:0" } });
        open.Link.IsUp.ShouldBeTrue();
        var access = open.Get<Host.Embedded.IEmbeddedServer>().Access;
        await using var client = open.Client(new NatsOpts { TlsOpts = new NatsTlsOpts { CaFile = access.Tls!.CaFile } });

        (await Should.ThrowAsync<NatsException>(async () => await client.ConnectAsync())).ToString()
            .ShouldContain("Authorization Violation", Case.Insensitive);
    }

    [Test]
    public async Task A_configured_server_is_used_with_its_credentials_and_no_secret_shows()
    {
        var access = _home.Get<Host.Embedded.IEmbeddedServer>().Access;
        var url = $"nats://{access.Home.User}:{access.Home.Password}@{access.Url["nats://".Length..]}";
        await using var second = await TestHome.StartAsync(options: options => options with { Nats = new Host.Settings.NatsOptions { Url = url } });
        await second.Link.FirstConnected.WaitAsync(TimeSpan.FromSeconds(10));

        second.Link.System.ShouldBeNull();
        second.Get<Host.Link.Internal.HomeLink>().Report().Details!.ToJsonString().ShouldNotContain(access.Home.Password);
        (await second.Link.Home.RequestAsync<string, string>("$JS.API.INFO", "")).Data.ShouldNotBeNull().ShouldContain("limits");
    }

    [Test]
    public async Task The_sidecar_stops_the_server_last_and_leaves_the_folder_free()
    {
        var server = _home.Get<EmbeddedServer>();
        var folder = _home.Folder.Path;
        await _home.DisposeAsync();
        server.IsAlive.ShouldBeFalse();
        Directory.Exists(folder).ShouldBeFalse();
        _home = await TestHome.StartAsync(program: program);
    }
}
