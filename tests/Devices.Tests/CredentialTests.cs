using HaNatsBridge.Devices.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.NKeys;

namespace HaNatsBridge.Devices.Tests;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
internal sealed class CredentialTests(NatsServerVersion version) : DeviceFixture(version)
{
    private static readonly (string Seed, string Public) Key = MakeKey();

    /// <summary>The rights of a device and of a gateway (contract/subjects.md, "A device's rights").</summary>
    protected override string ServerConfig => $$"""
        authorization {
          users: [
            { user: home, password: home }
            { user: desk, password: secret, permissions: { {{Rights("lamp.desk", "lamp.desk")}} }
            { nkey: {{Key.Public}}, permissions: { {{Rights("lamp.desk", "lamp.desk")}} }
            { user: gateway, password: secret, permissions: { {{Rights("lamp.*", "lamp")}} }
          ]
        }
        """;

    [Test]
    public async Task A_device_with_a_password_stays_within_its_rights()
    {
        var options = new DeviceConnectionOptions { User = "desk", Password = "secret", CredentialOf = "lamp.desk" };
        await ServeAsync(options, "lamp.desk");
    }

    [Test]
    public async Task A_device_with_a_seed_stays_within_its_rights()
    {
        await ServeAsync(new DeviceConnectionOptions { Seed = Key.Seed, CredentialOf = "lamp.desk" }, "lamp.desk");
    }

    [Test]
    public async Task A_seed_may_come_from_a_file()
    {
        var file = Path.Combine(Server.Directory, "seed");
        await File.WriteAllTextAsync(file, $"# a lamp\n{Key.Seed}\n");

        await ServeAsync(new DeviceConnectionOptions { SeedFile = file, CredentialOf = "lamp.desk" }, "lamp.desk");
    }

    [Test]
    public async Task A_gateway_serves_all_devices_of_its_type_with_one_subscription()
    {
        var options = new DeviceConnectionOptions { User = "gateway", Password = "secret", CredentialOf = "lamp.*" };
        await ServeAsync(options, "lamp.desk", "lamp.hall");

        var answer = await Home.CommandAsync("lamp.unknown", "light", "toggle");
        answer.GetProperty("error").GetProperty("code").GetString().ShouldBe("DEVICE_OFFLINE");
        Should.Throw<ArgumentException>(() => Connection.Add(new Device(new DeviceDescription("plug", "desk"))));
    }

    [Test]
    public async Task A_refused_login_is_tried_again_until_it_is_taken()
    {
        Home = await Home.StartAsync(Server.Url, Login);
        var refused = new Device(new DeviceDescription("lamp", "desk"));
        Run(new DeviceConnectionOptions { User = "late", Password = "secret", CredentialOf = "lamp.desk" }, refused);
        await Eventually.TrueAsync(() => Server.Log.Contains("authentication error", StringComparison.Ordinal), "it was refused");
        await Server.WriteConfigAsync(ServerConfig.Replace("user: desk", "user: late", StringComparison.Ordinal));
        await Server.SignalAsync("HUP");

        await Eventually.TrueAsync(() => refused.LastReply is { Ok: true }, "it is taken");
    }

    [TestCase("lamp")]
    [TestCase("*")]
    [TestCase("lamp.>")]
    [TestCase("lamp.a.b")]
    public void A_credential_is_of_a_device_or_of_a_type(string of) =>
        Should.Throw<ArgumentException>(() => new DeviceConnection(new DeviceConnectionOptions { CredentialOf = of }));

    [TestCase("rubbish")]
    [TestCase("SU")]
    [TestCase("SUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_seed_that_cannot_be_read_is_an_error_at_once(string seed)
    {
        var connection = new DeviceConnection(new DeviceConnectionOptions { Seed = seed });

        await Should.ThrowAsync<FormatException>(() => connection.RunAsync());
    }

    private static (string Seed, string Public) MakeKey()
    {
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        return (pair.GetSeed(), pair.GetPublicKey());
    }

    private static NATS.Client.Core.NatsOpts Login => new() { AuthOpts = new() { Username = "home", Password = "home" } };

    private static string Rights(string device, string inbox)
    {
        var own = $"home.devices.{device}";
        var publish = List(
            $"home.discovery.announce.{device}", $"home.discovery.remove.{device}",
            $"{own}.state", $"{own}.state.*", $"{own}.event.*", $"{own}.past.*", $"{own}.image.*", $"{own}.health");
        var subscribe = List($"{own}.set", $"{own}.config", "home.discovery.request", $"_INBOX.{inbox}.>");
        return $"publish: {{ allow: {publish} }}, subscribe: {{ allow: {subscribe} }}, allow_responses: true }}";

        static string List(params string[] subjects) => $"[\"{string.Join("\", \"", subjects)}\"]";
    }

    private async Task ServeAsync(DeviceConnectionOptions options, params string[] ids)
    {
        Home = await Home.StartAsync(Server.Url, Login);
        var devices = ids.Select(id => id["lamp.".Length..])
            .Select(id => new Device(new DeviceDescription("lamp", id, new { lease_seconds = 90 }).With("light", "light")))
            .ToList();
        devices.ForEach(device => device.OnCommand((_, token) => device.PublishStateAsync("light", "on", token).AsTask()));
        Run(options, devices);
        foreach (var id in ids)
        {
            await Home.SeenAsync($"home.discovery.announce.{id}");
            await Home.SeenAsync($"home.devices.{id}.health");
            (await Home.CommandAsync(id, "light", "toggle")).GetProperty("ok").GetBoolean().ShouldBeTrue();
            await Home.SeenAsync($"home.devices.{id}.state.light", "\"on\"");
        }

        await Home.RequestAnnouncementsAsync();
        await Home.SeenAsync($"home.discovery.announce.{ids[0]}", times: 2);
        (await Connection.RemoveAsync(devices[0].Id)).ShouldNotBeNull().Ok.ShouldBeTrue();
        Server.Log.ShouldNotContain("Violation");
    }
}
