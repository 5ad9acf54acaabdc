using System.Net;
using System.Text;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Host.HttpDevices.Internal;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HttpDevices;

/// <summary>Devices that speak HTTP: a web server in this process plays them.</summary>
public sealed class HttpDeviceTests
{
    private const string Named = "192.168.1.50";
    private TempFolder _temp = null!;
    private WebServer _server = null!;

    [SetUp]
    public async Task SetUp()
    {
        _temp = new TempFolder();
        _server = await WebServer.StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        _temp.Dispose();
    }

    [Test]
    public async Task The_example_of_the_page_is_polled_and_takes_commands()
    {
        var (pump, target, sent) = (false, 50, new List<string>());
        _server.Handle = async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            switch (context.Request.Method, context.Request.Path.Value)
            {
                case ("GET", "/status"):
                    var json = $$"""{"water": {"temperature": 61.5}, "pump": {{(pump ? "true" : "false")}}, "target": {{target}}}""";
                    await context.Response.WriteAsync(json);
                    break;
                case ("POST", "/pump"):
                    sent.Add(body);
                    pump = body.Contains("true", StringComparison.Ordinal);
                    break;
                case ("PUT", "/target/66"):
                    context.Response.StatusCode = 409;
                    await context.Response.WriteAsync("""{"error": {"message": "The boiler is too hot"}}""");
                    break;
                default:
                    context.Response.StatusCode = 404;
                    break;
            }
        };
        await using var home = await StartAsync(DocExamples.Yaml("http.md")[0]);
        await home.StateAsync("http.boiler.temperature", "61.5");
        await home.StateAsync("http.boiler.pump", "\"off\"");

        var on = await home.CommandAsync("http.boiler.pump", "turn_on");
        on.Ok.ShouldBeTrue(on.Message);
        sent.ShouldBe(["""{"on": true}"""]);
        await home.StateAsync("http.boiler.pump", "\"on\"");

        var refused = await home.CommandAsync("http.boiler.target", "set_value", new { value = 66 });
        refused.Message.ShouldBe("http.boiler answers HTTP 409: The boiler is too hot");
        (await home.CommandAsync("http.boiler.target", "set_value", new { value = 40 })).Code.ShouldBe(CommandCodes.InvalidParameter);
    }

    [Test]
    public async Task What_does_not_answer_as_it_should_is_unavailable_until_it_does()
    {
        Func<HttpContext, Task> good = context => context.Response.WriteAsync("""{"power": 5}""");
        var now = good;
        _server.Handle = context => now(context);
        await using var home = await StartAsync($$"""
            http:
              - url: http://{{Named}}/
                interval: 1s
                timeout: 500ms
                device: {id: meter}
                key: power
                value: power
                unit_of_measurement: W
            """);
        await home.StateAsync("http.meter.power", "5");
        Func<HttpContext, Task>[] bad =
        [
            context =>
            {
                context.Response.ContentType = "text/html";
                return context.Response.WriteAsync("<html>Log in</html>");
            },
            context => Task.Delay(Timeout.Infinite, context.RequestAborted),
            async context =>
            {
                for (var part = 0; part < 10; part++)
                {
                    await context.Response.Body.WriteAsync(new byte[1024 * 1024], context.RequestAborted);
                }
            },
            context =>
            {
                context.Response.Redirect("http://169.254.169.254/latest/meta-data");
                return Task.CompletedTask;
            },
            context =>
            {
                context.Response.Redirect("/");
                return Task.CompletedTask;
            },
        ];
        string[] reasons = ["no JSON", "no answer", "more than 1 MiB", "local network", "circle"];
        foreach (var (answer, reason) in bad.Zip(reasons))
        {
            now = answer;
            await Eventually.TrueAsync(async () => !(await home.DeviceAsync("http.meter")).Availability.Online, reason);
            await Eventually.TrueAsync(
                async () => (await home.HealthAsync()).GetProperty("parts").GetProperty("http").GetRawText() is var health
                    && (health.Contains(reason, StringComparison.Ordinal) || health.Contains("failed several times", StringComparison.Ordinal)),
                reason);
            now = good;
            await Eventually.TrueAsync(
                async () => (await home.DeviceAsync("http.meter")).Availability.Online, $"it is back after: {reason}", TimeSpan.FromSeconds(40));
        }
    }

    [Test]
    public async Task Headers_and_login_are_sent_and_what_has_not_changed_is_not_read_again()
    {
        var seen = new List<string>();
        _server.Handle = context =>
        {
            var headers = context.Request.Headers;
            lock (seen)
            {
                seen.Add($"{headers.Authorization} {headers["X-Key"]} {headers.IfNoneMatch}");
            }

            context.Response.Headers.ETag = "\"one\"";
            context.Response.StatusCode = headers.IfNoneMatch.Count > 0 ? 304 : 200;
            return headers.IfNoneMatch.Count > 0 ? Task.CompletedTask : context.Response.WriteAsync("7");
        };
        await using var home = await StartAsync($$"""
            http:
              - url: http://{{Named}}/
                interval: 1s
                device: {id: meter}
                key: power
                unit_of_measurement: W
                username: me
                password: secret
                headers: {X-Key: abc}
            """);
        await home.StateAsync("http.meter.power", "7");
        await Eventually.TrueAsync(() => seen.Count >= 2, "asked twice");
        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes("me:secret"));
        seen[0].ShouldBe($"Basic {login} abc ");
        seen[1].ShouldBe($"Basic {login} abc \"one\"");
        (await home.DeviceAsync("http.meter")).Availability.Online.ShouldBeTrue();
        (await home.HealthAsync()).GetRawText().ShouldNotContain("secret");
    }

    [TestCase("93.184.216.34", "93.184.216.34", true)]
    [TestCase("nas", "192.168.1.5", true)]
    [TestCase("other", "192.168.1.5", false)]
    [TestCase("192.168.1.9", "192.168.1.9", false)]
    [TestCase("nas", "127.0.0.1", false)]
    [TestCase("nas", "169.254.169.254", false)]
    [TestCase("nas", "::ffff:169.254.169.254", false)]
    [TestCase("nas", "::1", false)]
    [TestCase("nas", "fd00::1", true)]
    [TestCase("other", "fd00::1", false)]
    [TestCase("nas", "fe80::1", false)]
    [TestCase("nas", "64:ff9b::a9fe:a9fe", false)]
    [TestCase("nas", "0.0.0.0", false)]
    [TestCase("localhost", "127.0.0.1", true)]
    [TestCase("127.0.0.1", "127.0.0.1", true)]
    [TestCase("127.0.0.2", "127.0.0.2", false)]
    public void Only_a_named_host_is_at_a_private_address(string host, string address, bool isAllowed) =>
        new AddressGuard(new HashSet<string> { "nas", "localhost", "127.0.0.1" }).Allows(host, IPAddress.Parse(address)).ShouldBe(isAllowed);

    [TestCase("- interval: 5s\n  key: x", "line 2: http[0]: url is missing")]
    [TestCase("- url: ftp://x/\n  key: x", "http[0].url: write an address like")]
    [TestCase("- url: http://me:pw@x/\n  key: x", "a login goes into username and password")]
    [TestCase("- url: http://x/\n  key: x", "http[0]: give the device an id")]
    [TestCase("- url: http://x/\n  device: {id: a}", "http[0]: give the entity a key")]
    [TestCase("- url: http://x/\n  device: {id: a}\n  key: x\n  interval: 1ms", "line 5: http[0].interval: write a time from 1s")]
    [TestCase("- url: http://x/\n  device: {id: a}\n  key: x\n  token: t\n  password: p", "either a token or a username")]
    [TestCase("- url: http://x/\n  device: {id: a}\n  key: x\n  command: {url: 'http://{{ value }}/'}", "a template may follow the host, not name it")]
    [TestCase("- url: http://x/\n  device: {id: a}\n  key: x\n  command: {url: 'http://x/', verb: GET}", "there is no such setting")]
    [TestCase("- url: http://x/\n  device: {id: a}\n  key: x\n- url: http://y/\n  device: {id: a}\n  key: x", "makes the entity http.a.x already")]
    [TestCase("- url: http://x/\n  device: {id: a}\n  key: x\n  headers: {'a b': c}", "this is no header")]
    public void A_mistake_names_the_line_and_the_path(string entries, string message)
    {
        var error = Should.Throw<SettingsException>(() => ConfiguredHome.Read(_temp, $"http:\n{entries}\n")).Message;
        error.ShouldContain(message);
        error.ShouldNotContain("pw");
    }

    private Task<ConfiguredHome> StartAsync(string yaml) =>
        ConfiguredHome.StartAsync(_temp, yaml.Replace(Named, _server.Address, StringComparison.Ordinal));
}
