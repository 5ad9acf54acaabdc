using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using HaNatsBridge.Nats.Tests.Core;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Official;

/// <summary>
/// Keeps the build switch -p:NatsClient=NATS.Net honest: what the sidecar uses of the client stands in official-surface.txt, declaration by declaration, and each was compared with the official client. A line that
/// changes (the sidecar uses something new, or our client drifts) is to be compared before it is written (BRIDGE_WRITE_SURFACE=1 writes the file anew); what with stands at the file's head.
/// </summary>
public sealed class OfficialSurfaceTests
{
    [Test]
    public void The_sidecar_uses_only_declarations_of_the_official_client()
    {
        var used = ClientUse.Of(Path.Combine(Root(), "sidecar", "Host", "bin", Configuration(), "net10.0", "hanatsbridge.dll"), typeof(NatsConnection).Assembly);
        used.ShouldNotBeEmpty();
        var file = Path.Combine(Root(), "tests", "Nats.Tests", "Official", "official-surface.txt");
        var lines = File.ReadAllLines(file);
        var head = lines.TakeWhile(static line => line.StartsWith('#')).ToArray();
        if (Environment.GetEnvironmentVariable("BRIDGE_WRITE_SURFACE") == "1")
        {
            File.WriteAllLines(file, [.. head, .. used]);
            lines = [.. head, .. used];
        }

        var (known, now) = (WithTheirTypes(lines[head.Length..]), WithTheirTypes(used));
        now.Except(known).ShouldBeEmpty("not yet compared with the official client");
        known.Except(now).ShouldBeEmpty("no longer used, or changed here");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task The_switch_exchanges_our_client_for_the_official_package_and_nothing_else(CancellationToken token)
    {
        var ours = await ReferencesAsync("ours", token);
        var official = await ReferencesAsync("NATS.Net", token);
        ours.Except(official).ShouldBe(["../Nats/Nats.csproj"]);
        official.Except(ours).ShouldBe(["NATS.Net"]);
    }

    [Test]
    public void The_sidecar_sees_nothing_of_our_client_that_is_not_public() =>
        typeof(NatsConnection).Assembly.GetCustomAttributes<InternalsVisibleToAttribute>().Select(static one => one.AssemblyName).ShouldBe(["Nats.Tests", "Nats.Bench"], ignoreOrder: true);

    /// <summary>A member's line says nothing without its type's.</summary>
    private static string[] WithTheirTypes(IEnumerable<string> lines)
    {
        var type = string.Empty;
        return [.. lines.Select(line => line.StartsWith(' ') ? $"{type}: {line.Trim()}" : type = line)];
    }

    /// <summary>Which projects and packages the sidecar is built with, without building it.</summary>
    private static async Task<string[]> ReferencesAsync(string client, CancellationToken token)
    {
        var project = Path.Combine(Root(), "sidecar", "Host", "Host.csproj");
        var items = await Programs.RunAsync("dotnet", token, "msbuild", project, $"-p:NatsClient={client}", "-getItem:ProjectReference", "-getItem:PackageReference", "-nologo");
        using var json = JsonDocument.Parse(items);
        return [.. json.RootElement.GetProperty("Items").EnumerateObject().SelectMany(static kind => kind.Value.EnumerateArray()).Select(static item => item.GetProperty("Identity").GetString()!)];
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    private static string Configuration() =>
        typeof(OfficialSurfaceTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";
}
