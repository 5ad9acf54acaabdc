using System.Runtime.CompilerServices;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>The embedded server's program and port.</summary>
internal sealed class ServerCheck(BridgeOptions options, IEmbeddedServer server, FolderCheck folder)
{
    private static readonly Version Good = new(2, 10);

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
    }

    private async Task<Finding> ExamineProgramAsync(CancellationToken cancellationToken)
    {
        try
        {
            var (program, version) = await server.FindProgramAsync(cancellationToken);
            return version >= Good
                ? Finding.Ok($"nats-server {version} ({program})")
                : Finding.Warning(
                    $"nats-server is {version} ({program})",
                    "It works, but a power cut may cost the last two minutes instead of ten seconds: install 2.10 or newer.");
        }
        catch (EmbeddedServerException exception)
        {
            return Finding.Error("The embedded NATS server has no program", exception.Message);
        }
    }
}
