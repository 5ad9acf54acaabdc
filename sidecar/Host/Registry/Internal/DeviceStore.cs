using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// The registry's writing side: each announcement by compare-and-set on its key, so that two sidecars cannot lose one another's. What a change removes is put on record before,
/// and its markers are published after, so that a kill in between is repaired at the next start.
/// </summary>
internal sealed class DeviceStore(IHomeStorage storage, RemovalJournal journal)
{
    /// <summary>Whoever is quicker wins, again and again if need be; the time for storing ends it before.</summary>
    private const int Attempts = 100;

    /// <summary>Stores a description. The same bytes again change nothing and give the same revision.</summary>
    /// <returns>The revision of the device's key, and whether it is a new one.</returns>
    /// <exception cref="NatsException">KV did not take it.</exception>
    /// <exception cref="NewerRecordException">A newer sidecar wrote what stands there.</exception>
    public async Task<(ulong Revision, bool IsNew)> PutAsync(DeviceDescription description, CancellationToken cancellationToken)
    {
        await storage.EnsureThisHomeAsync(cancellationToken);
        var key = description.Id.ToString();
        for (var attempt = 1; ; attempt++)
        {
            var entry = await ReadAsync(key, cancellationToken);
            if (entry is { } stored && stored.Value.AsSpan().SequenceEqual(description.Json.Span))
            {
                return (stored.Revision, false);
            }

            if (entry is { } newer && Read(newer.Value) is { Schema: > AnnouncementReader.Schema and var schema })
            {
                throw new NewerRecordException($"a newer sidecar stored {description.Id} with schema {schema}, and this one writes {AnnouncementReader.Schema}: update it");
            }

            var removes = await PrepareAsync(description, entry?.Value, cancellationToken);
            var value = description.Json.ToArray();
            var result = entry is { } old
                ? await Bucket.TryUpdateAsync(key, value, old.Revision, NatsRawSerializer<byte[]>.Default, cancellationToken)
                : await Bucket.TryCreateAsync(key, value, NatsRawSerializer<byte[]>.Default, cancellationToken);
            if (result.Success)
            {
                if (removes)
                {
                    await journal.SettleAsync(description.Id, description, cancellationToken);
                }

                return (result.Value, true);
            }

            // Another sidecar was quicker: what it wrote is where this one starts again.
            if (attempt == Attempts || result.Error is not (NatsKVWrongLastRevisionException or NatsKVCreateException))
            {
                throw result.Error;
            }
        }
    }

    /// <summary>Forgets a device: the registry first, then its states. Forgetting an unknown one succeeds.</summary>
    /// <returns>The revision that was deleted; null when there was nothing to delete.</returns>
    /// <exception cref="NatsException">KV did not take it.</exception>
    public async Task<ulong?> RemoveAsync(DeviceId id, CancellationToken cancellationToken)
    {
        await storage.EnsureThisHomeAsync(cancellationToken);
        var key = id.ToString();
        for (var attempt = 1; ; attempt++)
        {
            var entry = await ReadAsync(key, cancellationToken);
            if (entry is { } stored)
            {
                await journal.RecordAsync(id, KeysOf(stored.Value), isWhole: true, cancellationToken);
                if (!await TryDeleteAsync(key, stored.Revision, cancellationToken) && attempt < Attempts)
                {
                    continue;
                }

                await storage.Bucket(HomeBucket.Availability).DeleteAsync(key, cancellationToken: cancellationToken);
            }

            // Also when there was nothing: perhaps the last one to remove it was killed half-way.
            await journal.SettleAsync(id, null, cancellationToken);
            return entry?.Revision;
        }
    }

    /// <summary>Puts a description back that KV lost; what somebody else stored meanwhile stays.</summary>
    /// <param name="description">What was stored before.</param>
    /// <param name="over">The revision that it stands over; 0: nothing, not even a deletion.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The revision; null: somebody else was quicker.</returns>
    /// <exception cref="NatsException">KV did not take it.</exception>
    public async Task<ulong?> RestoreAsync(DeviceDescription description, ulong over, CancellationToken cancellationToken)
    {
        await storage.EnsureThisHomeAsync(cancellationToken);
        var result = await Bucket.TryUpdateAsync(
            description.Id.ToString(), description.Json.ToArray(), over, NatsRawSerializer<byte[]>.Default, cancellationToken);
        return result.Success ? result.Value : result.Error is NatsKVWrongLastRevisionException ? null : throw result.Error;
    }

    /// <summary>
    /// Finishes what a killed sidecar had begun to remove. Only in the device's lane, and only a record that nobody can be at any more: between it and the registry's change the device is
    /// still there, and the record would be struck off as one of a removal that never happened.
    /// </summary>
    /// <param name="id">The device.</param>
    /// <param name="record">The revision of the record.</param>
    /// <param name="cancellationToken">Leaves it for the next time.</param>
    public async Task RepairAsync(DeviceId id, ulong record, CancellationToken cancellationToken)
    {
        await storage.EnsureThisHomeAsync(cancellationToken);
        var entry = await ReadAsync(id.ToString(), cancellationToken);
        await journal.SettleAsync(id, entry is { } stored ? Read(stored.Value) : null, cancellationToken, record);
    }

    private static DeviceDescription? Read(byte[] stored)
    {
        try
        {
            return DeviceDescription.FromStored(stored);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static IEnumerable<string> KeysOf(byte[] stored) => Read(stored)?.Entities.Select(e => e.Key) ?? [];

    /// <summary>Puts on record what the description removes; for a device that is new, first finishes what a removal left undone.</summary>
    private async Task<bool> PrepareAsync(DeviceDescription description, byte[]? stored, CancellationToken cancellationToken)
    {
        if (stored is null)
        {
            await journal.SettleAsync(description.Id, null, cancellationToken);
            return false;
        }

        var gone = KeysOf(stored).Where(key => !description.TryGetEntity(key, out _)).ToArray();
        if (gone.Length == 0)
        {
            return false;
        }

        await journal.RecordAsync(description.Id, gone, isWhole: false, cancellationToken);
        return true;
    }

    private async Task<bool> TryDeleteAsync(string key, ulong revision, CancellationToken cancellationToken)
    {
        try
        {
            await Bucket.DeleteAsync(key, new NatsKVDeleteOpts { Revision = revision }, cancellationToken);
            return true;
        }
        catch (NatsKVWrongLastRevisionException)
        {
            return false;
        }
    }

    private async Task<(byte[] Value, ulong Revision)?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        var entry = await Bucket.TryGetEntryAsync<byte[]>(key, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        if (entry.Success)
        {
            return (entry.Value.Value ?? [], entry.Value.Revision);
        }

        return entry.Error is NatsKVKeyNotFoundException or NatsKVKeyDeletedException ? null : throw entry.Error;
    }

    private INatsKVStore Bucket => storage.Bucket(HomeBucket.Devices);
}
