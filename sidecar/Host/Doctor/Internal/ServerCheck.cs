using System.Runtime.CompilerServices;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>The embedded server's program and port.</summary>
internal sealed class ServerCheck(BridgeOptions options, IEmbeddedServer server, FolderCheck folder)
{
    public async IAsyncEnumerable<Finding> ExamineAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!server.IsUsed)
        {
            yield break;
        }

        yield return await ExamineProgramAsync(cancellationToken);
        if (!folder.IsHeld && options.Nats.Listen is { } listen && HostPort.TryParse(listen, out var at) && at.Port > 0)
        {
            yield return PortCheck.Examine(at, "the embedded NATS server", "--nats-listen");
        }

        if (options.Nats is { Plain: true, Listen: { } place } && HostPort.TryParse(place, out var where) && !where.IsLoopback)
        {
            yield return Finding.Warning(
                $"The embedded NATS server speaks plain text on {where}",
                "Whoever is on the network reads and changes what devices say: leave out --nats-plain, and give devices the CA.");
        }
    }

    private async Task<Finding> ExamineProgramAsync(CancellationToken cancellationToken)
    {
        try
        {
            var (program, version) = await server.FindProgramAsync(cancellationToken);
            return ServerVersion.LacksOf($"{version}") is { } lacks
                ? Finding.Warning(
                    $"nats-server is {version} ({program})", $"It works, but lacks {lacks}. Install 2.12 or newer.")
                : Finding.Ok($"nats-server {version} ({program})");
        }
        catch (EmbeddedServerException exception)
        {
            return Finding.Error("The embedded NATS server has no program", exception.Message);
        }
    }
}
