using System.CommandLine;
using System.CommandLine.Parsing;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Doctor;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>doctor</c>: what is wrong, and what to do. The exit code is 1 when something does not work.</summary>
internal static class DoctorCommand
{
    public static Command Create(IReadOnlyList<Setting> table)
    {
        var homeAssistant = new Option<Uri?>("--home-assistant")
        {
            HelpName = "URL",
            Description = "Check also whether Home Assistant can be reached there",
            CustomParser = ReadAddress,
        };
        var command = new Command("doctor", "Check a set-up: what is wrong, and what to do") { homeAssistant };
        var settings = SettingsFlags.AddTo(command, table);
        command.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var options = settings.Read(parsed).Current;
            var folder = DataFolderFeature.Look(options);
            await using var services = CommandServices.Build(options, folder);
            var server = services.GetRequiredService<IEmbeddedServer>();
            var findings = DoctorFeature.ExamineAsync(
                options, server, parsed.GetValue(homeAssistant), TimeProvider.System, cancellationToken);
            var worst = FindingLevel.Ok;
            await foreach (var finding in findings)
            {
                worst = finding.Level > worst ? finding.Level : worst;
                await WriteAsync(parsed.InvocationConfiguration.Output, finding);
            }

            return worst == FindingLevel.Error ? ExitCodes.Failed : ExitCodes.Ok;
        }));
        return command;
    }

    /// <summary>
    /// As a person writes it: <c>homeassistant.local:8123</c> is meant as <c>http://homeassistant.local:8123</c>.
    /// </summary>
    private static Uri? ReadAddress(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var full = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        if (Uri.TryCreate(full, UriKind.Absolute, out var address)
            && address.Scheme is "http" or "https" && address.Host.Length > 0)
        {
            return address;
        }

        argument.AddError($"--home-assistant: '{text}' is wrong: write an address like http://homeassistant.local:8123.");
        return null;
    }

    private static async Task WriteAsync(TextWriter output, Finding finding)
    {
        var mark = finding.Level switch { FindingLevel.Ok => "ok     ", FindingLevel.Warning => "warning", _ => "ERROR  " };
        await output.WriteLineAsync($"{mark}  {finding.What}");
        if (finding.Remedy is not null)
        {
            await output.WriteLineAsync($"         → {finding.Remedy}");
        }
    }
}
