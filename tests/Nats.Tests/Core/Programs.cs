using System.Diagnostics;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Programs that a test runs to their end.</summary>
internal static class Programs
{
    /// <summary>Both of its outputs, one after the other.</summary>
    public static async Task<string> RunAsync(string program, CancellationToken token, params string[] arguments)
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
