using System.Diagnostics;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>A nats-server program.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Version">Its version.</param>
internal sealed record ServerProgram(string Path, Version Version)
{
    /// <summary>The oldest that the bridge works with: the first with everything that the streams need.</summary>
    public static readonly Version Oldest = new(2, 9);

    /// <summary>From here on the store's sync interval and the number of old logs can be set.</summary>
    public static readonly Version WithSyncInterval = new(2, 10);

    private const string Name = "nats-server";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The one that was named, else the newest on the PATH and in the usual places.</summary>
    /// <exception cref="EmbeddedServerException">There is none, or it is too old.</exception>
    public static async Task<ServerProgram> FindAsync(string? named, CancellationToken cancellationToken)
    {
        var chosen = named ?? Environment.GetEnvironmentVariable("BRIDGE_NATS_SERVER");
        if (chosen is { Length: > 0 })
        {
            var path = System.IO.Path.GetFullPath(chosen);
            return await ProbeAsync(path, cancellationToken) is { } program
                ? Check(program)
                : throw new EmbeddedServerException(
                    $"{path} is no nats-server that runs here. Name another with --nats-server, or leave it out.");
        }

        var found = new List<ServerProgram>();
        foreach (var path in Candidates().Where(File.Exists).Distinct(StringComparer.Ordinal))
        {
            if (await ProbeAsync(path, cancellationToken) is { } program)
            {
                found.Add(program);
            }
        }

        return found.MaxBy(program => program.Version) is { } newest
            ? Check(newest)
            : throw new EmbeddedServerException(
                "No nats-server can be found. Install one (Debian: apt install nats-server), name one with --nats-server, "
                + "or use a server of yours with --nats.");
    }

    /// <summary>Asks a program for its version; null when it is none.</summary>
    public static async Task<ServerProgram?> ProbeAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience);
            using var process = Process.Start(
                new ProcessStartInfo(path, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            var at = output.IndexOf(": v", StringComparison.Ordinal);
            var number = at < 0 ? "" : output[(at + 3)..].Trim().Split('-', '+')[0];
            return output.StartsWith(Name, StringComparison.Ordinal) && Version.TryParse(number, out var version)
                ? new ServerProgram(path, version)
                : null;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static ServerProgram Check(ServerProgram program) =>
        program.Version >= Oldest
            ? program
            : throw new EmbeddedServerException(
                $"{program.Path} is nats-server {program.Version}; {Oldest} or newer is needed. "
                + "Install a newer one, or name one with --nats-server.");

    private static IEnumerable<string> Candidates()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given
            ? given
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return [
            .. folders.Select(folder => System.IO.Path.Combine(folder, Name)),
            "/usr/local/bin/nats-server", "/usr/sbin/nats-server",
            System.IO.Path.Combine(cache, "hanatsbridge", Name, "newest", Name)];
    }
}
