using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using HaNatsBridge.Host.Cli;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Cli;

/// <summary>
/// A NATS server that cannot be used: what a person reads on the console, in the health report and from the doctor.
/// </summary>
public sealed class NoServerTests : CommandLineTest
{
    private const string Started = "access token";

    [TestCase("nats://127.0.0.1:{free}", "does not answer: nothing listens there", "Start the NATS server")]
    [TestCase("nats://127.0.0.1:{mute}", "answers, but not as a NATS server does", "Correct --nats")]
    [TestCase("nats://no-such-host.invalid:4222", "there is no host no-such-host.invalid", "Correct --nats")]
    [TestCase("nats://home:s3cret@127.0.0.1:{refusing}", "refuses the connection (Auth", "Correct the credentials (--nats-creds")]
    [TestCase("nats://127.0.0.1:{refusing}", "refuses the connection (Auth", "Give credentials (--nats-creds")]
    public async Task It_is_named_everywhere_with_what_to_do_and_tried_again(string address, string what, string remedy)
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        await using var refusing = await NatsServerProcess.StartAsync(
            new NatsServerOptions { Config = "authorization { user: home, password: right }" });
        var url = address.Replace("{free}", $"{FreePort.Next()}", StringComparison.Ordinal)
            .Replace("{mute}", $"{((IPEndPoint)mute.LocalEndpoint).Port}", StringComparison.Ordinal)
            .Replace("{refusing}", $"{new Uri(refusing.Url).Port}", StringComparison.Ordinal);
        var listen = $"127.0.0.1:{FreePort.Next()}";
        string[] settings = ["--data", Temp.Path, "--listen", listen, "--nats", url];

        using var sidecar = Start(["run", .. settings]);
        var console = await ReadUntilAsync(sidecar, "It is tried again");
        if (!console.Contains(Started, StringComparison.Ordinal))
        {
            console += await ReadUntilAsync(sidecar, Started);
        }

        var health = await HealthOfNatsAsync(listen);
        var doctor = await RunAsync(["doctor", .. settings]);
        doctor.Code.ShouldBe(ExitCodes.Failed);
        foreach (var place in new[] { console, health, doctor.Output })
        {
            place.ShouldContain(what);
            place.ShouldContain(remedy);
        }

        ChildProcess.Signal(sidecar.Id, ChildProcess.Terminate);
        console += await sidecar.StandardOutput.ReadToEndAsync();
        await sidecar.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        sidecar.ExitCode.ShouldBe(ExitCodes.Ok);
        console.Split('\n').Count(line => line.Contains("No connection to NATS", StringComparison.Ordinal)).ShouldBe(1, console);
        (console + doctor.Output).ShouldNotContain("s3cret");
        console.ShouldNotContain("   at ", customMessage: "no stack traces");
    }

    [Test]
    public async Task Simulated_devices_wait_for_the_server_and_say_so_once()
    {
        var port = FreePort.Next();
        using var devices = Start("simulate", "--nats", $"nats://127.0.0.1:{port}", "--simulate", "1");
        var console = await ReadUntilAsync(devices, "It is tried again");
        console.ShouldContain("nothing listens there");
        console.ShouldContain("--nats");

        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { Port = port });
        console += await ReadUntilAsync(devices, "Connected");
        ChildProcess.Signal(devices.Id, ChildProcess.Terminate);
        console += await devices.StandardOutput.ReadToEndAsync();
        await devices.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        devices.ExitCode.ShouldBe(ExitCodes.Ok);
        console.Split('\n').Count(line => line.Contains("No connection to NATS", StringComparison.Ordinal)).ShouldBe(1, console);
    }

    [Test]
    public async Task Simulated_devices_that_wait_for_the_server_stop_at_once()
    {
        using var devices = Start("simulate", "--nats", $"nats://127.0.0.1:{FreePort.Next()}");
        await ReadUntilAsync(devices, "It is tried again");
        ChildProcess.Signal(devices.Id, ChildProcess.Terminate);
        await devices.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        devices.ExitCode.ShouldBe(ExitCodes.Ok);
    }

    [Test]
    public async Task Forgetting_a_device_without_the_server_is_one_line()
    {
        var (code, output, error) = await RunAsync("forget", "lamp", "desk", "--nats", $"nats://127.0.0.1:{FreePort.Next()}");
        code.ShouldBe(ExitCodes.Failed);
        output.ShouldBeEmpty();
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldContain("nothing listens there");
    }

    private async Task<string> HealthOfNatsAsync(string listen)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", (await File.ReadAllTextAsync(Temp.Of("token"))).Trim());
        using var answer = await client.GetAsync(new Uri($"http://{listen}/api/health"));
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("parts").GetProperty("nats").GetProperty("message").GetString()!;
    }
}
