using HaNatsBridge.Host.Doctor.Internal;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Doctor;

/// <summary>
/// Doctor: looks at a set-up from the outside, running or not, and says of each thing whether it is well, and if not what to do.
/// It changes nothing, and makes nothing: not even the data folder. Data folder, disk, clock, nats-server's program and port,
/// NATS, JetStream, streams on <c>.set</c>, the sidecar itself, Home Assistant.
/// </summary>
public static class DoctorFeature
{
    /// <summary>Examines, one finding after the other.</summary>
    /// <param name="options">The settings that the sidecar runs with.</param>
    /// <param name="server">The embedded server, where it is used.</param>
    /// <param name="homeAssistant">Where Home Assistant is; null: it is not looked at.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<Finding> ExamineAsync(
        BridgeOptions options,
        IEmbeddedServer server,
        Uri? homeAssistant,
        TimeProvider time,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = new FolderCheck(options);
        foreach (var finding in folder.Examine())
        {
            yield return finding;
        }

        yield return ClockCheck.Examine(time.GetUtcNow());
        IEnumerable<IAsyncEnumerable<Finding>> rest =
        [
            new ServerCheck(options, server, folder).ExamineAsync(cancellationToken),
            new NatsCheck(options, server, folder, time).ExamineAsync(cancellationToken),
            new SidecarCheck(options, folder).ExamineAsync(cancellationToken),
            HomeAssistantCheck.ExamineAsync(homeAssistant, cancellationToken),
        ];
        foreach (var part in rest)
        {
            await foreach (var finding in part.WithCancellation(cancellationToken))
            {
                yield return finding;
            }
        }
    }
}
