using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Fleet;

/// <summary>A credential of a client program: what was granted, and nothing else.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class ClientCredentialTests(string program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly ClientRights Everything = new(["light.*", "notify.phone", "*.reload"], States: true, Events: true);
    private TestHome _home = null!;
    private IFleet _fleet = null!;

    [OneTimeSetUp]
    public async Task SetUpHome()
    {
        _home = await TestHome.StartAsync(services => services.AddFleet(), program);
        _fleet = _home.Get<IFleet>();
        await MakeAsync("all", Everything);
        await MakeAsync("reader", new ClientRights([], States: true, Events: false));
        await MakeAsync("follower", new ClientRights([], States: false, Events: true));
        await MakeAsync("gardener", new ClientRights([], States: false, Events: false, ["garden.>", "house.*", "pump"]));
    }

    [OneTimeTearDown]
    public async Task TearDownHome() => await _home.DisposeAsync();

    private readonly Dictionary<string, NewCredential> _made = [];

    [TestCase("all", "home.ha.services.light.turn_on")]
    [TestCase("all", "home.ha.services.notify.phone")]
    [TestCase("all", "home.ha.services.script.reload")]
    [TestCase("all", "home.ha.states")]
    [TestCase("all", "home.ha.states.light.hall")]
    [TestCase("reader", "home.ha.states")]
    [TestCase("gardener", "garden.well.level")]
    [TestCase("gardener", "house.buttons")]
    [TestCase("gardener", "pump")]
    [TestCase("gardener", "_INBOX.~bridge.ask.x.1")]
    public async Task It_requests_what_it_may(string name, string subject)
    {
        await using var client = Connect(name);
        await using var sub = await _home.Link.Home.SubscribeCoreAsync<string>(subject);
        await _home.Link.Home.PingAsync();
        await client.PublishAsync(subject, "mine");
        using var limit = new CancellationTokenSource(Patience);
        (await sub.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("mine");
    }

    [TestCase("all", "home.ha.services.lock.unlock")]
    [TestCase("all", "home.ha.services.notify.other")]
    [TestCase("all", "home.events.state_changed.light.x")]
    [TestCase("all", "home.devices.light.hall.set")]
    [TestCase("all", "home.devices.light.hall.state")]
    [TestCase("all", "home.discovery.announce")]
    [TestCase("all", "home.discovery.devices")]
    [TestCase("all", "home.audit.actions.light.turn_on")]
    [TestCase("all", "_INBOX.~bridge.x.1")]
    [TestCase("all", "_INBOX.~client.reader.x")]
    [TestCase("all", "$JS.API.STREAM.NAMES")]
    [TestCase("all", "$KV.home_devices.x.y")]
    [TestCase("reader", "home.ha.services.light.turn_on")]
    [TestCase("follower", "home.ha.services.light.turn_on")]
    [TestCase("follower", "home.ha.states")]
    [TestCase("follower", "_INBOX.~bridge.ask.x.1")]
    [TestCase("follower", "garden.well")]
    [TestCase("gardener", "home.ha.states")]
    [TestCase("gardener", "house.hall.buttons")]
    [TestCase("gardener", "home.devices.light.hall.state")]
    [TestCase("gardener", "_INBOX.~bridge.x.1")]
    [TestCase("gardener", "_INBOX.~bridge.ask.x")]
    public async Task It_requests_nothing_else(string name, string subject)
    {
        await using var client = Connect(name);
        (await RefusedAsync(client, () => client.PublishAsync(subject, "not mine")))
            .ShouldContain("Permissions Violation for Publish", Case.Insensitive);
    }

    [TestCase("reader", "home.events.>")]
    [TestCase("all", "home.>")]
    [TestCase("all", "home.ha.>")]
    [TestCase("all", "home.ha.services.light.turn_on")]
    [TestCase("all", "home.devices.light.hall.set")]
    [TestCase("all", "home.audit.>")]
    [TestCase("all", "_INBOX.>")]
    [TestCase("all", "_INBOX.~client.reader.>")]
    [TestCase("all", "_INBOX.all.>")]
    [TestCase("all", "_INBOX.~bridge.>")]
    [TestCase("gardener", ">")]
    [TestCase("gardener", "home.>")]
    [TestCase("gardener", "_INBOX.~bridge.ask.>")]
    public async Task It_hears_nothing_else(string name, string subject)
    {
        await using var client = Connect(name);
        (await RefusedAsync(client, async () => await client.SubscribeCoreAsync<string>(subject)))
            .ShouldContain("Permissions Violation for Subscription", Case.Insensitive);
    }

    [Test]
    public async Task It_follows_events_and_cannot_acknowledge_them_in_place_of_the_server()
    {
        await using var client = Connect("follower");
        await using var events = await client.SubscribeCoreAsync<string>("home.events.>");
        await client.PingAsync();
        await _home.Link.Home.PublishAsync("home.events.system.started", "{}", replyTo: "_INBOX.~bridge.ack.1");
        using var limit = new CancellationTokenSource(Patience);
        var heard = await events.Msgs.ReadAsync(limit.Token);
        (await RefusedAsync(client, () => heard.ReplyAsync("forged")))
            .ShouldContain("Permissions Violation for Publish", Case.Insensitive);
    }

    [Test]
    public async Task It_cannot_name_the_subject_of_a_reply_to_itself()
    {
        await using var client = Connect("gardener");
        await using var own = await client.SubscribeCoreAsync<string>("garden.>");
        await client.PublishAsync("garden.well", "", replyTo: "home.ha.services.lock.unlock");
        using var limit = new CancellationTokenSource(Patience);
        var heard = await own.Msgs.ReadAsync(limit.Token);
        (await RefusedAsync(client, () => heard.ReplyAsync("forged")))
            .ShouldContain("Permissions Violation for Publish", Case.Insensitive);
    }

    [TestCase("home.>", true)]
    [TestCase("home", true)]
    [TestCase("home.garden", true)]
    [TestCase("garden.>", false)]
    [TestCase("homes.>", false)]
    public void A_subject_of_the_home_is_known(string subject, bool expected) =>
        ClientRights.IsOfHome(subject, "home").ShouldBe(expected);

    [TestCase("my.>", true)]
    [TestCase("my.*", true)]
    [TestCase("my.house.x", true)]
    [TestCase("my", false)]
    [TestCase("my.garden.>", false)]
    public void So_it_is_with_a_prefix_of_two_words(string subject, bool expected) =>
        ClientRights.IsOfHome(subject, "my.house").ShouldBe(expected);

    [TestCase("garden", true)]
    [TestCase("garden.*.level", true)]
    [TestCase("garden.>", true)]
    [TestCase(">", false)]
    [TestCase("*.level", false)]
    [TestCase("$JS.API.>", false)]
    [TestCase("_INBOX.>", false)]
    [TestCase("garden.>.x", false)]
    [TestCase("garden..x", false)]
    [TestCase("garden.\", \">", false)]
    [TestCase("", false)]
    public void A_subject_of_its_own_begins_with_a_name(string text, bool good) => ClientRights.IsSubject(text).ShouldBe(good);

    [Test]
    public async Task It_speaks_for_no_device_and_takes_no_name_of_one()
    {
        await MakeAsync("zigbee", Everything);
        _fleet.Of(new DeviceId("zigbee", "window")).ShouldBeNull();
        var gateway = await _fleet.AddGatewayAsync("zigbee", false, CancellationToken.None);
        _made["zigbee"].Credential.InboxPrefix.ShouldNotStartWith(gateway.Credential.InboxPrefix);
        await Should.ThrowAsync<FleetException>(() => _fleet.AddClientAsync("zigbee", Everything, false, CancellationToken.None));
    }

    [Test]
    public async Task It_is_revoked_at_once_and_its_connection_cut()
    {
        await MakeAsync("guest", Everything, password: true);
        await using var client = Connect("guest");
        await client.PingAsync();
        var lost = new TaskCompletionSource();
        client.ConnectionDisconnected += (_, _) =>
        {
            lost.TrySetResult();
            return ValueTask.CompletedTask;
        };
        (await _fleet.RemoveAsync("guest", CancellationToken.None)).ShouldBeTrue();
        await lost.Task.WaitAsync(Patience);
        _fleet.List().ShouldNotContain(one => one.Name == "guest");
    }

    [Test]
    public void Its_rights_are_read_again_as_they_were_granted()
    {
        var read = _fleet.List().Single(one => one.Name == "all");
        (read.IsGateway, read.Client!.States, read.Client.Events).ShouldBe((false, true, true));
        read.Client.Actions.ShouldBe(Everything.Actions);
        _fleet.List().Single(one => one.Name == "gardener").Client!.Subjects.ShouldBe(["garden.>", "house.*", "pump"]);
    }

    [TestCase("*", "*.*")]
    [TestCase("light.*", "light.*")]
    [TestCase("light.turn_on", "light.turn_on")]
    [TestCase("*.reload", "*.reload")]
    [TestCase("light", null)]
    [TestCase("light.turn_*", null)]
    [TestCase("light.>", null)]
    [TestCase("light.turn_on.x", null)]
    [TestCase("light.\", \">", null)]
    [TestCase("", null)]
    public void A_pattern_has_two_words_of_which_each_may_be_any(string text, string? pattern) =>
        ClientRights.ReadPattern(text).ShouldBe(pattern);

    private static async Task<string> RefusedAsync(NatsConnection client, Func<ValueTask> act)
    {
        var error = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ServerError += (_, e) =>
        {
            error.TrySetResult(e.Error);
            return ValueTask.CompletedTask;
        };
        await act();
        return await error.Task.WaitAsync(Patience);
    }

    private async Task MakeAsync(string name, ClientRights rights, bool password = false)
    {
        _made[name] = await _fleet.AddClientAsync(name, rights, password, CancellationToken.None);
        _made[name].IsLive.ShouldBeTrue(_made[name].Trouble);
    }

    private NatsConnection Connect(string name)
    {
        var (credential, secret) = (_made[name].Credential, _made[name].Secret);
        return _home.Client(NatsOpts.Default with
        {
            AuthOpts = credential.PasswordHash is null
                ? new NatsAuthOpts { NKey = credential.Login, Seed = secret }
                : new NatsAuthOpts { Username = credential.Login, Password = secret },
            InboxPrefix = credential.InboxPrefix,
        });
    }
}
