using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Registry.Internal.Announcing;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// The registry's writing side: everything by compare-and-set on the device's key, so that two sidecars cannot lose one
/// another's.
/// </summary>
internal sealed class DeviceStore(
    IHomeStorage storage,
    DeviceRegistry registry,
    RegistryFollower follower,
    StateMarkers markers,
    IAvailabilityControl availability,
    RegistryTimings timings)
{
    /// <summary>Another sidecar may be faster again and again; the time for storing ends it before.</summary>
    private const int Attempts = 100;

    /// <summary>A token for one change: it ends when KV has had its time to answer.</summary>
    public CancellationTokenSource Bounded(CancellationToken stoppingToken)
    {
        var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(timings.StoreTimeout);
        return bounded;
    }

    /// <summary>
    /// Stores what an announcement comes to. The same description again changes nothing and gives the same revision.
    /// </summary>
    /// <exception cref="NatsException">KV did not take it.</exception>
    /// <exception cref="NewerRecordException">A newer sidecar wrote what is stored.</exception>
    public async Task<StoredAnnouncement> PutAsync(DeviceId id, Announcement announcement, CancellationToken cancellationToken)
    {
        await storage.EnsureThisHomeAsync(cancellationToken);
        var key = id.ToString();
        for (var attempt = 1; ; attempt++)
        {
            var entry = await ReadAsync(key, cancellationToken);
            var before = entry.Value is null ? null : Read(entry.Value);
            var announced = announcement.Beside(before, entry.Revision);
            if (announced.Device is not { } description
                || (entry.Value is { } same && same.AsSpan().SequenceEqual(description.Json.Span)))
            {
                return new StoredAnnouncement(announced, entry.Revision, IsNew: false);
            }

            await ForgetBeforeAsync(description, before, entry, cancellationToken);
            var value = description.Json.ToArray();
            var result = entry.Value is null
                ? await Bucket.TryCreateAsync(key, value, NatsRawSerializer<byte[]>.Default, cancellationToken)
                : await Bucket.TryUpdateAsync(key, value, entry.Revision, NatsRawSerializer<byte[]>.Default, cancellationToken);
            if (result.Success)
            {
                await AppliedAsync(result.Value, cancellationToken);
                return new StoredAnnouncement(announced, result.Value, IsNew: true);
            }

            // Another sidecar was faster: this one starts again from what it wrote.
            if (attempt == Attempts || result.Error is not (NatsKVWrongLastRevisionException or NatsKVCreateException))
            {
                throw result.Error;
            }
        }
    }

    /// <summary>
    /// Removes a device. From the deletion marker on it is removed, whatever happens to the sidecar; then that is finished as far
    /// as possible. Removing an unknown one succeeds.
    /// </summary>
    /// <returns>Whether there was anything to remove.</returns>
    /// <exception cref="NatsException">KV did not take it.</exception>
    public async Task<bool> RemoveAsync(DeviceId id, CancellationToken cancellationToken)
    {
        await storage.EnsureThisHomeAsync(cancellationToken);
        var key = id.ToString();
        for (var attempt = 1; ; attempt++)
        {
            var entry = await ReadAsync(key, cancellationToken);
            if (entry.Value is null)
            {
                return false;
            }

            if (await TryDeleteAsync(key, entry.Revision, cancellationToken) || attempt == Attempts)
            {
                await AppliedAsync((await ReadAsync(key, cancellationToken)).Revision, cancellationToken);
                return true;
            }
        }
    }

    /// <summary>
    /// Finishes a removal: a marker on each state and picture subject, no availability, and at last the key is purged, which says that it is
    /// done. Any sidecar may do it at any time, also two at once: where the device was announced again meanwhile, the marker's
    /// revision is no longer the key's, and nothing more is changed.
    /// </summary>
    /// <exception cref="NatsException">JetStream did not take it: it can be done again.</exception>
    public async Task FinishRemovalAsync(DeviceId id, ulong revision, CancellationToken cancellationToken)
    {
        await storage.EnsureThisHomeAsync(cancellationToken);
        var key = id.ToString();
        await markers.PublishAsync(await markers.SubjectsOfAsync(id, cancellationToken), IsStillRemovedAsync, cancellationToken);
        if (await IsStillRemovedAsync(cancellationToken))
        {
            await availability.RemoveAsync(id, cancellationToken);
            await TryPurgeAsync(key, revision, cancellationToken);
        }

        async Task<bool> IsStillRemovedAsync(CancellationToken token) =>
            await ReadAsync(key, token) is { Value: null } now && now.Revision == revision;
    }

    /// <summary>
    /// What has to be forgotten before a description may be stored: the states of a removed device, and of entities that are no
    /// longer announced.
    /// </summary>
    private async Task ForgetBeforeAsync(
        DeviceDescription description, DeviceDescription? before, Entry entry, CancellationToken cancellationToken)
    {
        var id = description.Id;
        if (entry.Value is null)
        {
            await follower.AppliedAsync(entry.Revision, cancellationToken);
            if (registry.UnfinishedRemovalOf(id) is { } removal)
            {
                await FinishRemovalAsync(id, removal.Revision, cancellationToken);
            }

            return;
        }

        if (before?.Schema > AnnouncementReader.Schema)
        {
            throw new NewerRecordException(
                $"a newer sidecar stored {id} with schema {before.Schema}, "
                + $"and this one writes {AnnouncementReader.Schema}: update it");
        }

        // Before the description that no longer names them: killed in between, the device is not answered and announces itself
        // again.
        var gone = before?.Entities.Where(entity => !description.TryGetEntity(entity.Key, out _)).ToArray() ?? [];
        string[] subjects =
        [
            .. gone.Select(entity => storage.Subjects.StateOf(id, entity.Key)),
            .. gone.Where(entity => entity.MayHavePicture).Select(entity => storage.Subjects.ImageOf(id, entity.Key)),
        ];
        await markers.PublishAsync(subjects, static _ => Task.FromResult(true), cancellationToken);
    }

    /// <summary>
    /// Until the registry shows it, so that whoever is answered finds it there. Where following KV is late, the answer does not
    /// wait for ever.
    /// </summary>
    private async Task AppliedAsync(ulong revision, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(timings.ApplyPatience);
        await follower.AppliedAsync(revision, bounded.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    private async Task TryPurgeAsync(string key, ulong revision, CancellationToken cancellationToken)
    {
        try
        {
            await Bucket.PurgeAsync(key, new NatsKVDeleteOpts { Revision = revision }, cancellationToken);
        }
        catch (NatsKVWrongLastRevisionException)
        {
            // Announced again, or finished by another sidecar.
        }
    }

    private async Task<Entry> ReadAsync(string key, CancellationToken cancellationToken)
    {
        var entry = await Bucket.TryGetEntryAsync<byte[]>(
            key, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        return entry.Success ? new Entry(entry.Value.Value ?? [], entry.Value.Revision) : entry.Error switch
        {
            NatsKVKeyDeletedException deleted => new Entry(null, deleted.Revision),
            NatsKVKeyNotFoundException => new Entry(null, 0),
            _ => throw entry.Error,
        };
    }

    private INatsKVStore Bucket => storage.Bucket(storage.Names.DevicesBucket);

    /// <summary>What stands in KV.</summary>
    /// <param name="Value">The description; null: none, or a deletion marker.</param>
    /// <param name="Revision">The revision of either; 0: there is none.</param>
    private readonly record struct Entry(byte[]? Value, ulong Revision);
}

/// <summary>What became of an announcement.</summary>
/// <param name="Result">What it came to; refused as a whole where what stays as it was leaves no room for the rest.</param>
/// <param name="Revision">The revision of the device's key.</param>
/// <param name="IsNew">Whether it changed anything.</param>
internal readonly record struct StoredAnnouncement(AnnouncementResult Result, ulong Revision, bool IsNew);

/// <summary>
/// A newer sidecar wrote the record: this one leaves it as it is (docs/architecture.md, "Rules"). The message is for people.
/// </summary>
internal sealed class NewerRecordException(string message) : Exception(message);
