using System.Net;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Webhooks;

/// <summary>What can only send a request is a device: the example of docs/http.md, run.</summary>
public sealed class WebhookTests
{
    private const string Secret = "3f1c9a7be5d2486f90c1";
    private static readonly string Example = DocExamples.Yaml("http.md")[1];
    private TempFolder _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public async Task A_request_with_the_secret_is_a_state_and_an_event()
    {
        await using var home = await StartAsync();
        await PostedAsync(home, Secret, """{"battery": 87}""");
        await home.StateAsync("webhook.mailbox.battery", "87");
        (await home.DeviceAsync("webhook.mailbox")).Description.Name.ShouldBe("Mailbox");

        (await PostAsync(home, Secret, """{"lid": 1}""")).ShouldBe(HttpStatusCode.OK);
        home.StateOf("webhook.mailbox.battery").ShouldBe("87", "a value that is not there changes nothing");
        (await PostAsync(home, Secret, "no JSON")).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync(home, Secret, new string(' ', 70_000))).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await home.CommandAsync("webhook.mailbox.battery", "turn_on")).Ok.ShouldBeFalse();
    }

    [Test]
    public async Task Guesses_and_floods_are_refused_and_keep_nobody_out()
    {
        await using var home = await StartAsync();
        await PostedAsync(home, Secret, """{"battery": 1}""");
        (await PostAsync(home, Secret + "1", "{}")).ShouldBe(HttpStatusCode.NotFound);
        (await PostAsync(home, "x", "{}")).ShouldBe(HttpStatusCode.NotFound);
        (await home.Web.GetAsync($"/api/webhook/{Secret}")).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        var guesses = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => PostAsync(home, $"guess{number}", "{}")));
        guesses.ShouldContain(HttpStatusCode.TooManyRequests);
        guesses.ShouldAllBe(status => status == HttpStatusCode.NotFound || status == HttpStatusCode.TooManyRequests);
        var other = "aaaaaaaaaaaaaaaaaaaa";
        (await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => PostAsync(home, Secret, """{"battery": 2}"""))))
            .ShouldContain(HttpStatusCode.TooManyRequests);
        (await PostAsync(home, other, "5")).ShouldBe(HttpStatusCode.OK);
        await home.StateAsync("webhook.other.level", "\"5\"");
    }

    [Test]
    public async Task A_request_may_announce_devices_of_one_type()
    {
        await using var home = await ConfiguredHome.StartAsync(_temp, $"webhooks:\n  - {{secret: {Secret}, announce: heater}}\n");
        home.Web.DefaultRequestHeaders.Authorization = null;
        string Announcement(string type) =>
            $$"""{"schema": 1, "type": "{{type}}", "id": "hall", "name": "Hall", "entities": [{"key": "on", "platform": "switch"}]}""";
        (await PostAsync(home, Secret, Announcement("heater"))).ShouldBe(HttpStatusCode.OK);
        await home.DeviceAsync("heater.hall");
        (await PostAsync(home, Secret, Announcement("lamp"))).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync(home, Secret, "[]")).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync(home, Secret, """{"type": "heater"}""")).ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [TestCase("- secret: aaaaaaaaaaaaaaaaaaaa\n  announce: a b", "write the type of the devices")]
    [TestCase("- key: x", "webhooks[0]: secret is missing")]
    [TestCase("- secret: short\n  device: {id: a}\n  key: x", "line 2: webhooks[0].secret: write 20 to 200 random letters")]
    [TestCase("- secret: aaaaaaaaaaaaaaaaaaaa\n  key: x", "give the device an id")]
    [TestCase(
        "- secret: aaaaaaaaaaaaaaaaaaaa\n  device: {id: a}\n  key: x\n- secret: aaaaaaaaaaaaaaaaaaaa\n  device: {id: b}\n  key: x",
        "line 5: webhooks[1].secret: another webhook has this secret")]
    public void A_mistake_names_the_line_and_the_path_and_never_the_secret(string entries, string message)
    {
        var error = Should.Throw<SettingsException>(() => ConfiguredHome.Read(_temp, $"webhooks:\n{entries}\n")).Message;
        error.ShouldContain(message);
        error.ShouldNotContain("aaaa");
    }

    private Task<ConfiguredHome> StartAsync() => ConfiguredHome.StartAsync(
        _temp, Example + "  - secret: aaaaaaaaaaaaaaaaaaaa\n    device: {id: other}\n    key: level\n");

    /// <summary>Posts until the devices are there.</summary>
    private static Task PostedAsync(ConfiguredHome home, string secret, string body)
    {
        // The secret alone opens the door.
        home.Web.DefaultRequestHeaders.Authorization = null;
        return Eventually.TrueAsync(async () => await PostAsync(home, secret, body) == HttpStatusCode.OK, "taken");
    }

    private static async Task<HttpStatusCode> PostAsync(ConfiguredHome home, string secret, string body)
    {
        using var content = new StringContent(body);
        using var answer = await home.Web.PostAsync($"/api/webhook/{secret}", content);
        return answer.StatusCode;
    }
}
