using System.Globalization;
using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Forgetting is a message, never a purge (docs/devices.md, "State"): an empty message with <c>Bridge-Removed: 1</c> on each state
/// and picture subject of a removed device or entity. A marker only replaces the message that was the last one when it was decided: a state
/// that is published meanwhile stays, and publishing markers twice, or from two sidecars at once, does no harm.
/// </summary>
/// <remarks>
/// The server acknowledges nothing in streams that devices publish into: that a marker is stored is read back. nats-server 2.9
/// gets no condition with it: there a conditional message stops the copying into HOME_STATE.
/// </remarks>
internal sealed class StateMarkers(IHomeStorage storage, TimeProvider time)
{
    private const int NotFound = 404;
    private const int AtOnce = 64;
    private const int Attempts = 5;
    private const string ExpectedSequence = "Nats-Expected-Last-Subject-Sequence";
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The state and picture subjects of a device that hold a message, declared or not: an orphan's state must not come back either. The
    /// telemetry forgets after a week, the last states never do; but they may be a moment behind it.
    /// </summary>
    public async Task<IReadOnlyCollection<string>> SubjectsOfAsync(DeviceId id, CancellationToken cancellationToken)
    {
        var every = $"{storage.Subjects.Root}.devices.{id}.>";
        var subjects = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in (string[])[storage.Names.TelemetryStream, storage.Names.StateStream, storage.Names.ImagesStream])
        {
            var stream = await storage.JetStream.GetStreamAsync(name, new() { SubjectsFilter = every }, cancellationToken);
            subjects.UnionWith(stream.Info.State.Subjects?.Keys ?? Enumerable.Empty<string>());
        }

        return subjects;
    }

    /// <summary>Publishes a marker on each subject whose last message is none.</summary>
    /// <param name="subjects">The subjects.</param>
    /// <param name="isWanted">Asked after the last messages were read: whether they are still to be forgotten.</param>
    /// <param name="cancellationToken">Ends it; what was published stays.</param>
    /// <exception cref="NatsException">JetStream did not take a marker: all can be published again.</exception>
    public async Task PublishAsync(
        IReadOnlyCollection<string> subjects, Func<CancellationToken, Task<bool>> isWanted, CancellationToken cancellationToken)
    {
        foreach (var ofStream in subjects.GroupBy(StreamOf, StringComparer.Ordinal))
        {
            var stream = await storage.JetStream.GetStreamAsync(ofStream.Key, cancellationToken: cancellationToken);
            if (!await TryPublishAsync(stream, [.. ofStream], isWanted, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>The stream that captures a subject below <c>{root}.devices.{type}.{id}</c>.</summary>
    private string StreamOf(string subject) =>
        subject[$"{storage.Subjects.Root}.devices.".Length..].Split('.', 4) is [_, _, "image", _]
            ? storage.Names.ImagesStream
            : storage.Names.TelemetryStream;

    /// <summary>False: they are not wanted any more.</summary>
    private async Task<bool> TryPublishAsync(
        INatsJSStream stream, string[] subjects, Func<CancellationToken, Task<bool>> isWanted, CancellationToken cancellationToken)
    {
        foreach (var chunk in subjects.Chunk(AtOnce))
        {
            var last = await Task.WhenAll(chunk.Select(subject => LastOfAsync(stream, subject, cancellationToken)));
            if (!await isWanted(cancellationToken))
            {
                return false;
            }

            var unmarked = chunk.Zip(last).Where(one => !one.Second.IsMarker)
                .ToDictionary(one => one.First, one => one.Second.Sequence, StringComparer.Ordinal);
            await MarkAsync(stream, unmarked, cancellationToken);
        }

        return true;
    }

    private static async Task<(ulong Sequence, bool IsMarker)> LastOfAsync(
        INatsJSStream stream, string subject, CancellationToken cancellationToken)
    {
        try
        {
            var message = (await stream.GetAsync(new StreamMsgGetRequest { LastBySubj = subject }, cancellationToken)).Message;
            var headers = Encoding.UTF8.GetString(Convert.FromBase64String(message.Hdrs ?? ""));
            return (
                message.Seq,
                message.Data.Length == 0 && headers.Contains(HomeHeaders.Removed, StringComparison.OrdinalIgnoreCase));
        }
        catch (NatsJSApiException exception) when (exception.Error.Code == NotFound)
        {
            return (0, false);
        }
    }

    /// <summary>Until each subject has a later message than before: its marker, or a state that came first.</summary>
    private async Task MarkAsync(INatsJSStream stream, Dictionary<string, ulong> before, CancellationToken cancellationToken)
    {
        var connection = storage.JetStream.Connection;
        var isConditional = ServerVersion.TakesConditions(connection);
        for (var attempt = 0; attempt < Attempts && before.Count > 0; attempt++)
        {
            foreach (var (subject, sequence) in before)
            {
                var headers = new NatsHeaders { [HomeHeaders.Removed] = "1" };
                if (isConditional)
                {
                    headers[ExpectedSequence] = sequence.ToString(CultureInfo.InvariantCulture);
                }

                await connection.PublishAsync<byte[]>(
                    subject, [], headers, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
            }

            for (var wait = FirstLook; before.Count > 0 && wait <= LongestWait; wait *= 2)
            {
                await Task.Delay(wait, time, cancellationToken);
                var now = await Task.WhenAll(before.Keys.Select(async subject =>
                    (Subject: subject, Last: await LastOfAsync(stream, subject, cancellationToken))));
                foreach (var (subject, last) in now)
                {
                    if (last.Sequence > before[subject])
                    {
                        before.Remove(subject);
                    }
                }
            }
        }

        if (before.Count > 0)
        {
            throw new NatsException($"JetStream did not store the markers of {before.Count} subjects, like {before.First().Key}");
        }
    }
}
