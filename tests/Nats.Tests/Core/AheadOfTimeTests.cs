using System.Diagnostics;
using System.Runtime.CompilerServices;
using HaNatsBridge.Tests.Support;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>
/// The client is trimmed to what a small program uses and runs: natively compiled where NativeAOT's runtime pack can be restored, else fully trimmed with reflection JSON
/// switched off, warnings as errors either way.
/// </summary>
[CancelAfter(400_000)]
[Category("Slow")]
public sealed class AheadOfTimeTests
{
    [Test]
    public async Task A_trimmed_program_connects_asks_and_signs(CancellationToken token)
    {
        var output = Directory.CreateTempSubdirectory("nats-aot-");
        try
        {
            var native = await DotnetAsync(token, "publish", Project(), "-c", "Release", "-v", "q", "-o", output.FullName, "-p:NativeAot=true");
            if (native.Contains("NU1101", StringComparison.Ordinal))
            {
                (await DotnetAsync(token, "publish", Project(), "-c", "Release", "-v", "q", "-o", output.FullName)).ShouldNotContain("error");
            }
            else
            {
                native.ShouldNotContain("error");
            }

            await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { JetStream = true }, token);
            (await RunAsync(Path.Combine(output.FullName, "Nats.Aot"), token, server.Url)).Trim().ShouldBe($"hall 20{Environment.NewLine}stairs cellar True");
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    private static string Project([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "Nats.Aot", "Nats.Aot.csproj");

    private static Task<string> DotnetAsync(CancellationToken token, params string[] arguments) => RunAsync("dotnet", token, arguments);

    private static async Task<string> RunAsync(string program, CancellationToken token, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(token);
            var error = process.StandardError.ReadToEndAsync(token);
            await process.WaitForExitAsync(token);
            return await output + await error;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
