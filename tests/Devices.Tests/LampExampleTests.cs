using System.Diagnostics;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Devices.Tests.Support;
using HaNatsBridge.Tests.Support;

namespace HaNatsBridge.Devices.Tests;

[TestFixture(NatsServerVersion.Newest)]
internal sealed class LampExampleTests(NatsServerVersion version) : DeviceFixture(version)
{
    private Process? _lamp;

    [TearDown]
    public void StopLamp()
    {
        _lamp?.Kill();
        _lamp?.Dispose();
    }

    [Test]
    public async Task The_lamp_of_the_page_works_and_survives_a_restart_of_the_server()
    {
        await StartHomeAsync();
        _lamp = Process.Start(new ProcessStartInfo("dotnet") { ArgumentList = { ProgramPath(), Server.Url } })!;
        await Home.SeenAsync("home.devices.lamp.desk.state.light", "\"off\"");
        var announcement = AnnouncementReader.Read(System.Text.Encoding.UTF8.GetBytes(Home.Announcements.First().Payload));
        announcement.Errors.ShouldBeEmpty();
        announcement.Warnings.ShouldBeEmpty();
        await Home.CommandAsync("lamp.desk", "light", "turn_on", new { brightness = 40 });
        await Home.SeenAsync("home.devices.lamp.desk.state.light", """{"state":"on","brightness":40}""");

        Home.Forget();
        await Server.RestartAsync();

        await Home.SeenAsync("home.discovery.announce");
        await Home.SeenAsync("home.devices.lamp.desk.state.light", """{"state":"on","brightness":40}""");
        await Home.CommandAsync("lamp.desk", "light", "turn_off");
    }

    private static string ProgramPath()
    {
        // Beside this one: the same configuration and framework.
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var project = Path.Combine(Repository.Root, "tests", "Devices.Lamp");
        return Path.Combine(project, "bin", output.Parent!.Name, output.Name, "Devices.Lamp.dll");
    }
}

internal sealed class LampPageTests
{
    private const int MostLines = 15;

    [Test]
    public void The_page_shows_the_lamp_as_it_is_tested()
    {
        var program = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Devices.Lamp", "Program.cs"));

        program.TrimEnd().Split('\n').Length.ShouldBeLessThanOrEqualTo(MostLines);
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "devices.md"));
        page.ShouldContain($"```csharp\n{program}```", Case.Sensitive);
    }
}
