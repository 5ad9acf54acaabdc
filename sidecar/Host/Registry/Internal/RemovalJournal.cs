using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Forgetting is a message, never a purge (contract.md, "State"): an empty message with <c>Bridge-Removed: 1</c> on each state subject of a removed device or entity. What has to be
/// published is on record in KV <c>bridge</c>, key <c>removal.{type}.{id}</c>, from before the registry changes until JetStream has acknowledged every marker.
/// </summary>
internal sealed class RemovalJournal(IHomeStorage storage)
{
    /// <summary>The header of a marker.</summary>
    public const string MarkerHeader = HomeHeaders.Removed;

    private const string Prefix = "removal.";
    private const int AtOnce = 64;
    private const int Attempts = 5;

    /// <summary>Puts on record what is about to be removed; what stands there already stays.</summary>
    public async Task RecordAsync(DeviceId id, IEnumerable<string> keys, bool isWhole, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var known = await ReadAsync(id, cancellationToken);
            var record = new Record([.. keys.Union(known?.Record.Keys ?? [], StringComparer.Ordinal)], isWhole || known is { Record.IsWhole: true });
            var value = record.ToUtf8();
            var result = known is { } old
                ? await Bucket.TryUpdateAsync(Prefix + id, value, old.Revision, NatsRawSerializer<byte[]>.Default, cancellationToken)
                : await Bucket.TryCreateAsync(Prefix + id, value, NatsRawSerializer<byte[]>.Default, cancellationToken);
            if (result.Success)
            {
                return;
            }

            if (attempt == Attempts || result.Error is not (NatsKVWrongLastRevisionException or NatsKVCreateException))
            {
                throw result.Error;
            }
        }
    }

    /// <summary>Publishes what is on record for a device, as far as the registry does not hold it (again), and strikes it off. Nothing on record: nothing to do.</summary>
    /// <param name="id">The device.</param>
    /// <param name="current">What the registry holds now; null: nothing.</param>
    /// <param name="cancellationToken">Leaves the record for the next time.</param>
    /// <param name="only">The revision of the record that is meant: what was put on it since is somebody's who is still at it. Null: whatever stands there.</param>
    /// <exception cref="NatsException">JetStream did not take a marker: the record stays.</exception>
    public async Task SettleAsync(DeviceId id, DeviceDescription? current, CancellationToken cancellationToken, ulong? only = null)
    {
        for (var attempt = 1; attempt <= Attempts && await ReadAsync(id, cancellationToken) is { } known && (only is null || only == known.Revision); attempt++)
        {
            foreach (var chunk in (await SubjectsAsync(id, known.Record, current, cancellationToken)).Chunk(AtOnce))
            {
                await Task.WhenAll(chunk.Select(subject => MarkAsync(subject, cancellationToken)));
            }

            if (await TryStrikeOffAsync(id, known.Revision, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>Whose removal is not finished, and the revision of its record.</summary>
    public async Task<IReadOnlyList<(DeviceId Id, ulong Revision)>> PendingAsync(CancellationToken cancellationToken)
    {
        // Not by watching the keys: one that is struck off while it is being asked for would be waited for.
        var name = storage.Names.BridgeBucket;
        var prefix = $"$KV.{name}.{Prefix}";
        var stream = await storage.JetStream.GetStreamAsync($"KV_{name}", new() { SubjectsFilter = prefix + ">" }, cancellationToken);
        var pending = new List<(DeviceId Id, ulong Revision)>();
        foreach (var subject in stream.Info.State.Subjects?.Keys ?? Enumerable.Empty<string>())
        {
            // A deletion has a subject, too.
            if (DeviceId.TryParse(subject[prefix.Length..], out var id) && await ReadAsync(id, cancellationToken) is { } record)
            {
                pending.Add((id, record.Revision));
            }
        }

        return pending;
    }

    private async Task<IEnumerable<string>> SubjectsAsync(DeviceId id, Record record, DeviceDescription? current, CancellationToken cancellationToken)
    {
        var keys = record.Keys.Where(key => current is null || !current.TryGetEntity(key, out _));
        var subjects = new HashSet<string>(keys.Select(key => storage.Subjects.StateOf(id, key)), StringComparer.Ordinal);
        if (record.IsWhole && current is null)
        {
            subjects.Add(storage.Subjects.StateOf(id));
            subjects.Add(storage.Subjects.HealthOf(id));
            subjects.UnionWith(await StoredSubjectsAsync(id, cancellationToken));
        }

        return subjects;
    }

    /// <summary>Strikes the record off, unless more was put on it meanwhile.</summary>
    private async Task<bool> TryStrikeOffAsync(DeviceId id, ulong revision, CancellationToken cancellationToken)
    {
        try
        {
            await Bucket.DeleteAsync(Prefix + id, new NatsKVDeleteOpts { Revision = revision }, cancellationToken);
            return true;
        }
        catch (NatsKVWrongLastRevisionException)
        {
            return false;
        }
    }

    /// <summary>
    /// What the streams hold of a device, declared or not: an orphan's state must not come back either. The telemetry forgets after a week, the last states never do;
    /// but they may be a moment behind it.
    /// </summary>
    private async Task<IEnumerable<string>> StoredSubjectsAsync(DeviceId id, CancellationToken cancellationToken)
    {
        var every = $"{storage.Subjects.Root}.devices.{id}.>";
        var subjects = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in (string[])[storage.Names.TelemetryStream, storage.Names.StateStream])
        {
            var stream = await storage.JetStream.GetStreamAsync(name, new() { SubjectsFilter = every }, cancellationToken);
            subjects.UnionWith(stream.Info.State.Subjects?.Keys ?? Enumerable.Empty<string>());
        }

        return subjects;
    }

    private async Task MarkAsync(string subject, CancellationToken cancellationToken)
    {
        var options = new NatsJSPubOpts { RetryAttempts = Attempts };
        var headers = new NatsHeaders { [MarkerHeader] = "1" };
        var ack = await storage.JetStream.PublishAsync<byte[]>(subject, [], NatsRawSerializer<byte[]>.Default, options, headers, cancellationToken);
        ack.EnsureSuccess();
    }

    private async Task<(Record Record, ulong Revision)?> ReadAsync(DeviceId id, CancellationToken cancellationToken)
    {
        var entry = await Bucket.TryGetEntryAsync<byte[]>(Prefix + id, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        if (entry.Success)
        {
            return (Record.Read(entry.Value.Value ?? []), entry.Value.Revision);
        }

        return entry.Error is NatsKVKeyNotFoundException or NatsKVKeyDeletedException ? null : throw entry.Error;
    }

    private INatsKVStore Bucket => storage.Bucket(HomeBucket.Bridge);

    /// <summary><c>{"format": 1, "keys": ["heating"], "whole": false}</c>.</summary>
    private sealed record Record(IReadOnlyList<string> Keys, bool IsWhole)
    {
        public byte[] ToUtf8() =>
            JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["format"] = 1, ["keys"] = Keys, ["whole"] = IsWhole });

        public static Record Read(byte[] utf8)
        {
            try
            {
                using var document = JsonDocument.Parse(utf8);
                var root = document.RootElement;
                var keys = root.TryGetProperty("keys", out var list) && list.ValueKind == JsonValueKind.Array
                    ? list.EnumerateArray().Select(k => k.GetString()).OfType<string>().Where(k => Token.IsValid(k)).ToArray()
                    : [];
                return new Record(keys, root.TryGetProperty("whole", out var whole) && whole.ValueKind == JsonValueKind.True);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // Whoever wrote it wanted something removed; without the keys only the device as a whole can be meant.
                return new Record([], true);
            }
        }
    }
}
