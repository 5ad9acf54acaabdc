using System.Runtime.CompilerServices;
using HaNatsBridge.Tests.Support;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>
/// A program of the client is compiled natively and run, warnings as errors. Where NativeAOT's parts cannot be had (no source of packages has the runtime pack, or there is no linker), the output
/// says which and why, and the program is published with all that NativeAOT demands but the code generator: fully trimmed, reflection JSON switched off.
/// </summary>
[CancelAfter(400_000)]
[Category("Slow")]
public sealed class AheadOfTimeTests
{
    private const string RuntimePack = "Microsoft.NETCore.App.Runtime.NativeAOT.";

    [Test]
    public async Task A_program_compiled_ahead_of_time_connects_asks_and_signs(CancellationToken token)
    {
        var output = Directory.CreateTempSubdirectory("nats-aot-");
        try
        {
            var native = await PublishAsync(output, token, "-p:NativeAot=true");
            if (Missing(native) is { } missing)
            {
                TestContext.Progress.WriteLine($"SKIPPED: native compilation ({missing}); published trimmed instead");
                (await PublishAsync(output, token)).ShouldNotContain("error");
            }
            else
            {
                native.ShouldNotContain("error");
                File.Exists(Path.Combine(output.FullName, "Nats.Aot.dll")).ShouldBeFalse("a native program has no assembly beside it");
            }

            await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { JetStream = true }, token);
            (await Programs.RunAsync(Path.Combine(output.FullName, "Nats.Aot"), token, server.Url)).Trim().ShouldBe($"hall 20{Environment.NewLine}stairs cellar True");
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    /// <summary>What cannot be had here, when that and nothing else is why the publish failed.</summary>
    private static string? Missing(string publish) => publish switch
    {
        _ when publish.Contains("NU1101", StringComparison.Ordinal) && publish.Contains(RuntimePack, StringComparison.Ordinal) => $"no package source has {RuntimePack}linux-x64",
        _ when publish.Contains("Platform linker", StringComparison.Ordinal) => "neither clang nor gcc is installed",
        _ when publish.Contains("cannot find -lz", StringComparison.Ordinal) => "zlib1g-dev is not installed",
        _ => null,
    };

    private static Task<string> PublishAsync(DirectoryInfo output, CancellationToken token, params string[] more) =>
        Programs.RunAsync("dotnet", token, ["publish", Project(), "-c", "Release", "-v", "q", "-o", output.FullName, .. more]);

    private static string Project([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "Nats.Aot", "Nats.Aot.csproj");
}
