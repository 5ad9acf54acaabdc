using System.Text;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Health;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>
/// Notices a store that is not the one that was read: a stream or bucket that is gone or was made anew (deleted, a lost disk,
/// another server behind the address), that lost its end (a restored backup, a power cut), or a bucket that lost keys: a deleted
/// key leaves a marker, so only a purge does that. The host restarts then, and reads what is there. Nothing else in the sidecar handles that case.
/// </summary>
internal sealed partial class StoreGuard(
    HomeStorage storage, StreamFollower follower, IDataFolder folder, IHostRestart restart, ILogger<StoreGuard> logger)
{
    private const int StreamNotFound = 10059;
    private readonly Dictionary<string, INatsJSStream> _streams = [];

    /// <summary>The streams and buckets as the server described them last.</summary>
    public IReadOnlyCollection<StreamInfo> Streams { get; private set; } = [];

    /// <summary>Whether the store is another one: nothing may be written to it, and the host restarts.</summary>
    public bool IsExchanged { get; private set; }

    /// <summary>What was found at the start: a bucket without the entries that it had; null: none.</summary>
    public string? Emptied { get; private set; }

    /// <summary>A file in the data folder, because the restarted host has to know what was found.</summary>
    private string NoteFile => folder.PathOf("store_exchanged");

    /// <summary>What was found before this host was started; null: nothing. Asked once.</summary>
    public string? TakeNote()
    {
        if (!File.Exists(NoteFile))
        {
            return null;
        }

        var note = File.ReadAllText(NoteFile).Trim();
        File.Delete(NoteFile);
        return note;
    }

    /// <summary>From now on these are the streams that the home relies on.</summary>
    public async Task RememberAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            var stream = await storage.JetStream.GetStreamAsync(name, cancellationToken: cancellationToken);
            _streams[name] = stream;
            if (IsBucket(name) && stream.Info.State is { Messages: 0, LastSeq: > 0 })
            {
                Emptied = $"{name} is empty, although it had entries";
                LogEmptied(name);
            }
        }

        Streams = [.. _streams.Values.Select(stream => stream.Info)];
    }

    /// <summary>Compares the store with what it was, and restarts the host where it is another.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        // Before asking: what is read meanwhile is in the answer.
        var read = follower.Positions.ToLookup(position => position.Stream, position => position.Sequence);
        foreach (var (name, stream) in _streams)
        {
            if (await FindChangeAsync(stream, read[name].DefaultIfEmpty().Max(), cancellationToken) is { } change)
            {
                IsExchanged = true;
                LogExchanged(change);
                folder.WritePrivate(NoteFile, Encoding.UTF8.GetBytes(change));
                restart.Request($"the store is not the one that was read: {change}");
                return;
            }
        }

        Streams = [.. _streams.Values.Select(stream => stream.Info)];
    }

    private static async Task<string?> FindChangeAsync(
        INatsJSStream stream, ulong read, CancellationToken cancellationToken)
    {
        var before = stream.Info;
        var name = before.Config.Name!;
        try
        {
            await stream.RefreshAsync(cancellationToken: cancellationToken);
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == StreamNotFound)
        {
            return $"{name} is gone";
        }

        var now = stream.Info;
        return now.Created != before.Created ? $"{name} was made anew at {now.Created:u}"
            : now.State.LastSeq < read ? $"{name} lost its end: message {read} was read, it ends at {now.State.LastSeq}"
            : IsBucket(name) && now.State.NumSubjects < before.State.NumSubjects
                ? $"{name} lost {before.State.NumSubjects - now.State.NumSubjects} of {before.State.NumSubjects} keys"
            : null;
    }

    private static bool IsBucket(string stream) => stream.StartsWith("KV_", StringComparison.Ordinal);

    [LoggerMessage(1231, LogLevel.Error, "The bucket {Bucket} is empty, although it had entries; nothing is removed because of that")]
    private partial void LogEmptied(string bucket);

    [LoggerMessage(1230, LogLevel.Error, "The store is not the one that was read: {Change}. The host restarts")]
    private partial void LogExchanged(string change);
}
