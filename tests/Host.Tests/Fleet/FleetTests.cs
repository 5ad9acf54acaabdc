using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Fleet.Internal;
using HaNatsBridge.Host.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Fleet;

[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class FleetTests(string program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly DeviceId Hall = new("climate", "hall");
    private TestHome _home = null!;
    private IFleet _fleet = null!;

    [SetUp]
    public async Task SetUp()
    {
        _home = await TestHome.StartAsync(services => services.AddFleet(), program);
        _fleet = _home.Get<IFleet>();
    }

    [TearDown]
    public async Task TearDown() => await _home.DisposeAsync();

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_new_credential_is_taken_by_the_running_server_at_once_and_other_connections_stay(bool password)
    {
        var generation = _home.Link.Generation;
        await using var stranger = _home.Client();
        await stranger.ConnectAsync();
        var lost = false;
        stranger.ConnectionDisconnected += (_, _) =>
        {
            lost = true;
            return ValueTask.CompletedTask;
        };
        var made = await _fleet.AddDeviceAsync(Hall, [], password, CancellationToken.None);

        made.IsLive.ShouldBeTrue();
        await using var device = Connect(made);
        await device.PingAsync();
        await stranger.PingAsync();
        lost.ShouldBeFalse();
        _home.Link.Generation.ShouldBe(generation);
    }

    [TestCase("home.discovery.announce.climate.hall")]
    [TestCase("home.discovery.remove.climate.hall")]
    [TestCase("home.devices.climate.hall.state")]
    [TestCase("home.devices.climate.hall.state.heating")]
    [TestCase("home.devices.climate.hall.event.ring")]
    [TestCase("home.devices.climate.hall.past.power")]
    [TestCase("home.devices.climate.hall.image.door")]
    [TestCase("home.devices.climate.hall.health")]
    public async Task A_device_may_publish_each_of_its_own_subjects(string subject)
    {
        var made = await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        await using var device = Connect(made);
        await using var sub = await _home.Link.Home.SubscribeCoreAsync<string>(subject);
        await _home.Link.Home.PingAsync();
        await device.PublishAsync(subject, "mine");

        using var limit = new CancellationTokenSource(Patience);
        (await sub.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("mine");
    }

    [TestCase("home.discovery.announce")]
    [TestCase("home.discovery.announce.climate.attic")]
    [TestCase("home.discovery.remove")]
    [TestCase("home.discovery.remove.climate.attic")]
    [TestCase("home.discovery.devices")]
    [TestCase("home.discovery.rejected")]
    [TestCase("home.discovery.available.climate.hall")]
    [TestCase("home.devices.climate.attic.state")]
    [TestCase("home.devices.climate.attic.state.heating")]
    [TestCase("home.devices.climate.attic.event.ring")]
    [TestCase("home.devices.climate.attic.past.power")]
    [TestCase("home.devices.climate.attic.image.door")]
    [TestCase("home.devices.climate.attic.health")]
    [TestCase("home.devices.climate.attic.set")]
    [TestCase("home.devices.climate.hall.set")]
    [TestCase("home.devices.climate.hall.config")]
    [TestCase("home.devices.lock.hall.state")]
    [TestCase("home.audit.commands.climate.hall")]
    [TestCase("home.events.state_changed.light.x")]
    [TestCase("home.config.light.x")]
    [TestCase("home.ha.services.lock.unlock")]
    [TestCase("home.ha.states")]
    [TestCase("home.ha.states.lock.front")]
    [TestCase("_INBOX.climate.attic.1")]
    [TestCase("$KV.home_devices.climate.hall")]
    [TestCase("$JS.API.STREAM.NAMES")]
    [TestCase("$SYS.REQ.SERVER.PING")]
    public async Task A_device_that_tries_to_be_another_is_refused_by_the_server(string subject)
    {
        var made = await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        await using var device = Connect(made);
        (await RefusedAsync(device, () => device.PublishAsync(subject, "not mine")))
            .ShouldContain("Permissions Violation for Publish", Case.Insensitive);
    }

    [TestCase("home.>")]
    [TestCase("home.devices.climate.attic.set")]
    [TestCase("home.devices.climate.*.set")]
    [TestCase("home.devices.climate.hall.state")]
    [TestCase("home.discovery.announce.climate.hall")]
    [TestCase("_INBOX.>")]
    [TestCase("_INBOX.climate.attic.>")]
    [TestCase("$KV.>")]
    public async Task A_device_hears_nothing_that_is_not_for_it(string subject)
    {
        var made = await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        await using var device = Connect(made);
        var error = await RefusedAsync(device, async () => await device.SubscribeCoreAsync<string>(subject));
        error.ShouldContain("Permissions Violation for Subscription", Case.Insensitive);
    }

    [Test]
    public async Task A_device_answers_its_commands_and_has_its_requests_answered()
    {
        var made = await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        await using var device = Connect(made);
        await using var set = await device.SubscribeCoreAsync<string>("home.devices.climate.hall.set");
        await using var announce = await _home.Link.Home.SubscribeCoreAsync<string>("home.discovery.announce.*.*");
        await device.PingAsync();
        await _home.Link.Home.PingAsync();
        using var limit = new CancellationTokenSource(Patience);

        var command = _home.Link.Home.RequestAsync<string, string>(
            "home.devices.climate.hall.set", "do", cancellationToken: limit.Token).AsTask();
        await (await set.Msgs.ReadAsync(limit.Token)).ReplyAsync("done", cancellationToken: limit.Token);
        (await command).Data.ShouldBe("done");

        var announced = device.RequestAsync<string, string>(
            "home.discovery.announce.climate.hall", "me", cancellationToken: limit.Token).AsTask();
        await (await announce.Msgs.ReadAsync(limit.Token)).ReplyAsync("known", cancellationToken: limit.Token);
        (await announced).Data.ShouldBe("known");
    }

    [Test]
    public async Task A_credential_speaks_for_the_devices_behind_it_and_a_gateway_for_its_type()
    {
        var made = await _fleet.AddDeviceAsync(Hall, [new DeviceId("sensor", "window")], false, CancellationToken.None);
        await using var device = Connect(made);
        await AllowedAsync(device, "home.devices.sensor.window.state.open");
        await RefusedAsync(device, () => device.PublishAsync("home.devices.sensor.door.state.open", "x"));

        var gateway = await _fleet.AddGatewayAsync("zigbee", false, CancellationToken.None);
        await using var zigbee = Connect(gateway);
        await AllowedAsync(zigbee, "home.devices.zigbee.any.state.open");
        await AllowedAsync(zigbee, "home.discovery.announce.zigbee.other");
        await RefusedAsync(zigbee, () => zigbee.PublishAsync("home.devices.climate.hall.state", "x"));
    }

    [Test]
    public async Task A_removed_credential_is_cut_and_never_comes_back()
    {
        var made = await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        await using var device = Connect(made);
        await device.ConnectAsync();
        var lost = new TaskCompletionSource();
        device.ConnectionDisconnected += (_, _) =>
        {
            lost.TrySetResult();
            return ValueTask.CompletedTask;
        };

        (await _fleet.RemoveAsync("climate.hall", CancellationToken.None)).ShouldBeTrue();
        await lost.Task.WaitAsync(Patience);

        await using var again = Connect(made);
        await Should.ThrowAsync<NatsException>(async () => await again.ConnectAsync());
        (await _fleet.RemoveAsync("climate.hall", CancellationToken.None)).ShouldBeFalse();
        _home.Link.IsUp.ShouldBeTrue();
    }

    /// <summary>While the server is still at the loading that brought the credential, too.</summary>
    [Test]
    public async Task A_revocation_is_in_force_when_the_command_returns()
    {
        for (var i = 0; i < 5; i++)
        {
            var made = await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
            (await _fleet.RemoveAsync("climate.hall", CancellationToken.None)).ShouldBeTrue();

            await using var device = Connect(made);
            await Should.ThrowAsync<NatsException>(async () => await device.ConnectAsync());
        }
    }

    /// <summary>
    /// The command was killed, or its lock timed out, after the first or the second file was written and before the server heard
    /// of it.
    /// </summary>
    [TestCase(false)]
    [TestCase(true)]
    public async Task A_revocation_that_was_left_half_done_is_finished_by_the_next_attempt(bool areUsersWritten)
    {
        var made = await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        await using var device = Connect(made);
        await device.ConnectAsync();
        var lost = new TaskCompletionSource();
        device.ConnectionDisconnected += (_, _) =>
        {
            lost.TrySetResult();
            return ValueTask.CompletedTask;
        };
        (await _home.Get<FleetStore>().ChangeAsync(_ => [], CancellationToken.None)).ShouldBeTrue();
        if (areUsersWritten)
        {
            var users = _home.Folder.PathOf("nats", "users.conf");
            await File.WriteAllLinesAsync(users, (await File.ReadAllLinesAsync(users)).Where(
                line => !line.Contains(made.Credential.Login, StringComparison.Ordinal)));
        }

        (await _fleet.RemoveAsync("climate.hall", CancellationToken.None)).ShouldBeFalse("it is stored no more");

        await lost.Task.WaitAsync(Patience);
        await using var again = Connect(made);
        await Should.ThrowAsync<NatsException>(async () => await again.ConnectAsync());
        _home.Link.IsUp.ShouldBeTrue();
    }

    [Test]
    public async Task A_revocation_that_the_server_does_not_take_is_an_error()
    {
        await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        var other = _home.Folder.PathOf("nats", "server.conf");
        await File.AppendAllTextAsync(other, "\nno_such_setting_at_all {\n");

        // It waits as long as ever; only its clock runs faster.
        var server = _home.Get<IEmbeddedServer>();
        var hurried = new FleetService(
            server, _home.Get<FleetStore>(), new ServerReload(server, new HurriedTime(20)), TimeProvider.System);
        (await Should.ThrowAsync<FleetException>(
            () => hurried.RemoveAsync("climate.hall", CancellationToken.None))).Message.ShouldContain("does not accept it");
    }

    [Test]
    public async Task A_file_that_is_somebody_elses_is_an_error_that_names_it_and_one_that_changed_is_read_again()
    {
        await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        var file = _home.Folder.PathOf("fleet.json");
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        _fleet.List().Count.ShouldBe(1);
        _fleet.List().ShouldBeSameAs(_fleet.List(), "it is not parsed for each question");

        // Who runs this may be root, whom no mode keeps out; a link is refused for everybody.
        File.Move(file, file + ".real");
        File.CreateSymbolicLink(file, file + ".real");
        Should.Throw<FleetException>(() => _fleet.List()).Message.ShouldContain("fleet.json");
        File.Move(file + ".real", file, overwrite: true);

        await _fleet.AddDeviceAsync(new DeviceId("lock", "door"), [], false, CancellationToken.None);
        _fleet.List().Count.ShouldBe(2);
    }

    [Test]
    public async Task A_device_gets_no_second_credential()
    {
        await _fleet.AddDeviceAsync(Hall, [new DeviceId("sensor", "window")], false, CancellationToken.None);
        await Should.ThrowAsync<FleetException>(() => _fleet.AddDeviceAsync(Hall, [], true, CancellationToken.None));
        await Should.ThrowAsync<FleetException>(
            () => _fleet.AddDeviceAsync(new DeviceId("sensor", "window"), [], true, CancellationToken.None));
        _fleet.List().Count.ShouldBe(1);
    }

    [Test]
    public async Task Neither_seed_nor_password_is_stored_in_the_data_folder()
    {
        var nkey = await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        var password = await _fleet.AddDeviceAsync(new DeviceId("lock", "door"), [], true, CancellationToken.None);
        var texts = Directory.EnumerateFiles(_home.Folder.Path, "*", SearchOption.AllDirectories)
            .Where(
                file => !file.Contains("/store/", StringComparison.Ordinal) && !file.EndsWith("lock", StringComparison.Ordinal))
            .Select(ReadShared).ToList();

        texts.ShouldNotBeEmpty();
        texts.ShouldAllBe(text => !text.Contains(nkey.Secret) && !text.Contains(password.Secret));
        texts.ShouldContain(text => text.Contains("$2a$04$"));
    }

    /// <summary>The server computes a hash at each connect, so a flood of wrong passwords must not keep it busy.</summary>
    [Test]
    public async Task A_password_is_too_long_to_guess_and_its_hash_as_cheap_as_bcrypt_allows()
    {
        var made = await _fleet.AddDeviceAsync(Hall, [], true, CancellationToken.None);
        made.Secret.Length.ShouldBe(32, "24 random bytes");
        made.Credential.PasswordHash.ShouldNotBeNull().ShouldStartWith("$2a$04$");
        BCrypt.Net.BCrypt.Verify(made.Secret, made.Credential.PasswordHash).ShouldBeTrue();
        Should.Throw<ArgumentException>(() => BCrypt.Net.BCrypt.HashPassword("x", "$2a$03$" + new string('a', 22)));
    }

    [Test]
    public async Task Credentials_outlive_a_restart_and_can_be_made_without_a_server()
    {
        using var temp = new TempFolder();
        NewCredential made;
        await using (var first = await TestHome.StartAsync(services => services.AddFleet(), program, temp.Path))
        {
            await first.Get<EmbeddedServer>().StopAsync(CancellationToken.None);
        }

        var data = Host.DataFolder.DataFolderFeature.OpenShared(new Host.Settings.BridgeOptions { Data = temp.Path });
        var server = new EmbeddedServer(
            new Host.Settings.BridgeOptions { Data = temp.Path, Nats = new() { Listen = "127.0.0.1:0" } }, data, [],
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<EmbeddedServer>.Instance);
        made = await new FleetService(server, new FleetStore(data, TimeProvider.System), new ServerReload(
            server, TimeProvider.System), TimeProvider.System).AddDeviceAsync(Hall, [], false, CancellationToken.None);
        made.IsLive.ShouldBeFalse();

        await using var second = await TestHome.StartAsync(services => services.AddFleet(), program, temp.Path);
        await using var device = new NatsConnection(OptionsOf(made) with { Url = second.NatsUrl });
        await device.ConnectAsync();
    }

    [Test]
    public void A_damaged_file_is_an_error_that_names_it()
    {
        File.WriteAllText(_home.Folder.PathOf("fleet.json"), "{");
        Should.Throw<FleetException>(() => _fleet.List()).Message.ShouldContain("fleet.json");
        File.WriteAllText(_home.Folder.PathOf("fleet.json"), """{"format": 4, "credentials": []}""");
        Should.Throw<FleetException>(() => _fleet.List()).Message.ShouldContain("newer");
        File.WriteAllText(
            _home.Folder.PathOf("fleet.json"),
            """{"format": 1, "credentials": [{"name": "x", "login": "U", "type": "a.>", "devices": ["a.b"]}]}""");
        Should.Throw<FleetException>(() => _fleet.List()).Message.ShouldContain("'x'");
        File.WriteAllText(
            _home.Folder.PathOf("fleet.json"),
            """
            {"format": 2, "credentials": [{"name": "x", "login": "U", "type": "", "devices": [],
             "client": {"actions": ["light.>"], "states": false, "events": false}}]}
            """);
        Should.Throw<FleetException>(() => _fleet.List()).Message.ShouldContain("'x'");
    }

    private static string ReadShared(string file)
    {
        using var reader = new StreamReader(
            new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private static NatsOpts OptionsOf(NewCredential made) => new()
    {
        Url = made.Server.Url,
        InboxPrefix = made.Credential.InboxPrefix,
        AuthOpts = made.Credential.PasswordHash is null
            ? new NatsAuthOpts { NKey = made.Credential.Login, Seed = made.Secret }
            : new NatsAuthOpts { Username = made.Credential.Login, Password = made.Secret },
    };

    private static NatsConnection Connect(NewCredential made) => new(OptionsOf(made));

    private static async Task<string> RefusedAsync(NatsConnection device, Func<ValueTask> attempt)
    {
        var refused = new TaskCompletionSource<string>();
        device.ServerError += (_, arguments) =>
        {
            refused.TrySetResult(arguments.Error);
            return ValueTask.CompletedTask;
        };
        await attempt();
        return await refused.Task.WaitAsync(Patience);
    }

    private async Task AllowedAsync(NatsConnection device, string subject)
    {
        await using var sub = await _home.Link.Home.SubscribeCoreAsync<string>(subject);
        await _home.Link.Home.PingAsync();
        await device.PublishAsync(subject, "x");
        using var limit = new CancellationTokenSource(Patience);
        (await sub.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("x");
    }
}
