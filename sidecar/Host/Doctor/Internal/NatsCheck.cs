using System.Runtime.CompilerServices;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>
/// The NATS server that the sidecar uses: reachable with its credentials, with JetStream, no stream on requests, and no
/// acknowledgements for what devices publish.
/// </summary>
internal sealed class NatsCheck(BridgeOptions options, IEmbeddedServer server, FolderCheck folder, TimeProvider time)
{
    private const int NotFound = 404;
    private const string ClientName = "hanatsbridge doctor";
    private static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SystemPatience = TimeSpan.FromSeconds(2);

    private string RestartRemedy =>
        $"See {Path.Combine(folder.Path, "nats", "nats-server.log")}; a restart of the sidecar restarts the server.";

    private string Prefix => server.IsUsed ? server.Access.Prefix : options.Prefix;

    public async IAsyncEnumerable<Finding> ExamineAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (LookForServer() is { } unseen)
        {
            yield return unseen;
            yield break;
        }

        if (server.IsUsed && !folder.IsHeld && !(folder.Exists && server.IsRunning))
        {
            yield return Finding.Ok("The embedded NATS server does not run now; it starts with the sidecar");
            yield break;
        }

        var login = LinkFeature.ShortLived(options.Nats, server, ClientName);
        if (await new NatsDiagnosis(login).FindAsync(cancellationToken) is { } problem)
        {
            yield return Finding.Error(problem.What, server.IsUsed ? RestartRemedy : problem.Remedy);
            yield break;
        }

        await using var connection = new NatsConnection(login);
        await connection.ConnectAsync();
        var version = connection.ServerInfo?.Version;
        yield return !server.IsUsed && ServerVersion.LacksOf(version) is { } lacks
            ? Finding.Warning($"NATS answers, but nats-server {version} lacks {lacks}", "Install nats-server 2.12 or newer.")
            : Finding.Ok($"NATS answers: nats-server {version}");
        var jetStream = new NatsJSContext(connection);
        var answers = await TryAsync(() => ExamineJetStreamAsync(jetStream, cancellationToken));
        yield return answers;
        if (answers.Level != FindingLevel.Error)
        {
            yield return await TryAsync(() => ExamineRequestsAsync(jetStream, cancellationToken));
            yield return await TryAsync(() => ExamineAcknowledgementsAsync(jetStream, cancellationToken));
            yield return await TryAsync(() => ExamineClockAsync(jetStream, cancellationToken));
        }

        yield return await ExamineSystemAsync(cancellationToken);
    }

    /// <summary>
    /// What keeps the embedded server from being seen at all: it may run in another container on the same folder.
    /// </summary>
    private Finding? LookForServer()
    {
        try
        {
            _ = server.IsUsed && folder.Exists && server.IsRunning;
            return null;
        }
        catch (EmbeddedServerException exception)
        {
            return Finding.Error("The embedded NATS server cannot be seen from here", exception.Message);
        }
    }

    private static async Task<Finding> TryAsync(Func<Task<Finding>> look)
    {
        try
        {
            return await look();
        }
        catch (NatsException exception)
        {
            var reason = exception is NatsNoRespondersException ? "no responders on its API" : NatsFailure.ReasonOf(exception);
            return Finding.Error(
                $"JetStream does not answer: {reason}",
                "Enable it on the server (jetstream { } in its configuration, or -js) and for the account; "
                + "if it is enabled, see the server's log.");
        }
    }

    /// <summary>Without the system account closed connections go unnoticed.</summary>
    private async Task<Finding> ExamineSystemAsync(CancellationToken cancellationToken)
    {
        if (LinkFeature.ShortLivedSystem(options.Nats, server, ClientName) is not { } login)
        {
            return Finding.Warning(
                "There are no credentials for the system account",
                "A closed connection is not noticed: give --nats-system-creds, or let every device announce lease_seconds.");
        }

        try
        {
            await using var connection = new NatsConnection(login);
            await connection.ConnectAsync();
            await connection.RequestAsync<byte[], byte[]>(
                $"$SYS.REQ.SERVER.{connection.ServerInfo?.Id}.VARZ",
                [],
                replyOpts: new NatsSubOpts { Timeout = SystemPatience, ThrowIfNoResponders = true },
                cancellationToken: cancellationToken);
            return Finding.Ok("The system account answers: closed connections are noticed");
        }
        catch (NatsException exception)
        {
            var reason = exception is NatsNoRespondersException or NatsNoReplyException
                ? "these credentials are of another account"
                : NatsFailure.ReasonOf(exception);
            return Finding.Error(
                $"The system account does not let us in: {reason}",
                server.IsUsed
                    ? "Restart the sidecar: it restarts a server whose users are not its own."
                    : "Check --nats-system-creds: it needs a user of the server's system_account.");
        }
    }

    private static async Task<Finding> ExamineJetStreamAsync(NatsJSContext jetStream, CancellationToken cancellationToken)
    {
        var account = await jetStream.GetAccountInfoAsync(cancellationToken);
        return Finding.Ok($"JetStream answers (streams: {account.Streams}, stored: {account.Storage >> 20} MiB)");
    }

    private async Task<Finding> ExamineRequestsAsync(NatsJSContext jetStream, CancellationToken cancellationToken)
    {
        var found = await RequestStreams.FindAsync(jetStream, new HomeSubjects(Prefix), cancellationToken);
        return found.Count == 0
            ? Finding.Ok("No stream captures commands or announcements")
            : Finding.Error(
                $"The streams {string.Join(", ", found.Keys)} capture {string.Join(", ", found.Values.Distinct())}: "
                + "they answer these requests in another's place",
                "Narrow their subjects, or delete them.");
    }

    /// <summary>A device chooses where an acknowledgement goes: with it, it could write into the registry.</summary>
    private async Task<Finding> ExamineAcknowledgementsAsync(NatsJSContext jetStream, CancellationToken cancellationToken)
    {
        var names = new HomeNames(Prefix);
        var found = new List<string>();
        foreach (var name in new[] { names.TelemetryStream, names.ImagesStream, names.DeviceEventsStream })
        {
            try
            {
                var stream = await jetStream.GetStreamAsync(name, cancellationToken: cancellationToken);
                if (!stream.Info.Config.NoAck)
                {
                    found.Add(name);
                }
            }
            catch (NatsJSApiException exception) when (exception.Error.Code == NotFound)
            {
                // It is made without acknowledgements when the sidecar starts.
            }
        }

        return found.Count == 0
            ? Finding.Ok("The server acknowledges nothing that devices publish")
            : Finding.Error(
                $"The server acknowledges what devices publish into {string.Join(", ", found)}: a device can write into the "
                + "registry that way",
                "Start the sidecar: it sets no_ack on these streams. Until then give no credentials to devices.");
    }

    private async Task<Finding> ExamineClockAsync(NatsJSContext jetStream, CancellationToken cancellationToken)
    {
        try
        {
            var name = new HomeNames(Prefix).TelemetryStream;
            var stream = await jetStream.GetStreamAsync(name, cancellationToken: cancellationToken);
            var info = stream.Info;
            var skew = (info.Ts - time.GetUtcNow()).Duration();
            return info.Ts == default || skew <= MostSkew
                ? Finding.Ok("The server's clock agrees with this one")
                : Finding.Warning(
                    $"The server's clock is {skew.TotalSeconds:0} s apart from this one",
                    "Set both by NTP: events are delivered by their age.");
        }
        catch (NatsJSApiException exception)
        {
            return Finding.Warning(
                $"The home's streams are not there: {exception.Message}", "They are made when the sidecar starts.");
        }
    }
}
