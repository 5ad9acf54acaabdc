using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal.Budgets;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>Stores an announcement that was read and checked, finds the connection that it came from, and answers it.</summary>
internal sealed partial class AnnouncementAcceptor(
    DeviceRegistry registry, DeviceStore store, Admission admission, IDeviceConnections connections, AnnounceNotices notices,
    Refusals refusals, RegistryMetrics metrics, ILogger<AnnouncementAcceptor> log)
{
    private static readonly ContractError NoDisconnectEvents = new(
        "lease_seconds",
        AnnounceCodes.NoDisconnectEvents,
        "the sidecar gets no event when the device's connection is closed, and without lease_seconds it never counts as offline");

    /// <summary>Accepts or refuses it. In the device's lane.</summary>
    /// <param name="message">The announcement.</param>
    /// <param name="read">What it comes to where nothing is stored of the device.</param>
    /// <param name="id">The device.</param>
    /// <param name="stoppingToken">Ends it.</param>
    public async Task AcceptAsync(
        NatsMsg<byte[]> message, AnnouncementResult read, DeviceId id, CancellationToken stoppingToken)
    {
        var announcement = new Announcement(message.Data, read);
        var admitted = admission.Admit(id, announcement);
        if (admitted.Refused is { } refused)
        {
            // The budgets have a repair of their own, one for all devices.
            await refusals.RefuseAsync(message, refused, admitted.IsOfBudget ? null : id, stoppingToken);
            return;
        }

        if (admitted.Device is not { } device)
        {
            await refusals.TooManyAsync(message, stoppingToken);
            return;
        }

        // Both ask the server, neither needs the other. Whether a device with a lease is behind a leaf node makes no difference.
        var finding = connections.FindAsync(id, device.Lease is null ? message.ReplyTo : null, stoppingToken);
        var (stored, problem) = await StoreAsync(id, announcement, stoppingToken);
        var found = await finding;
        if (problem is not null)
        {
            await refusals.NotStoredAsync(message, problem, stoppingToken);
        }
        else if (stored.Result.Device is null)
        {
            await refusals.RefuseAsync(message, stored.Result, id, stoppingToken);
        }
        else
        {
            await AnswerAsync(message, stored, stored.Result.Device, found, stoppingToken);
        }
    }

    private async Task AnswerAsync(
        NatsMsg<byte[]> message, StoredAnnouncement stored, DeviceDescription device, ConnectionLookup found,
        CancellationToken stoppingToken)
    {
        metrics.Accepted(stored.IsNew);
        if (stored.IsNew)
        {
            LogAccepted(device.Id.ToString(), device.Entities.Length, stored.Revision);
        }

        // Before the answer: who is answered counts as announced, whatever happens to its old connection now.
        await notices.PublishAsync(device.Id, found.Connection, stoppingToken);
        await refusals.AcceptAsync(message, stored.Result, device, stored.Revision, WarningsOf(device, found), stoppingToken);
    }

    private async Task<(StoredAnnouncement Stored, string? Problem)> StoreAsync(
        DeviceId id, Announcement announcement, CancellationToken stoppingToken)
    {
        using var bounded = store.Bounded(stoppingToken);
        StoredAnnouncement stored = default;
        try
        {
            stored = await store.PutAsync(id, announcement, bounded.Token);
            return (stored, null);
        }
        catch (NewerRecordException e)
        {
            LogNotStored(id.ToString(), e.Message);
            return (default, e.Message);
        }
        catch (Exception e) when (NatsTrouble.Is(e, stoppingToken))
        {
            LogNotStored(id.ToString(), e.Message);
            return (default, "JetStream did not take it: try again");
        }
        finally
        {
            admission.Settle(id, stored);
        }
    }

    private IEnumerable<ContractError> WarningsOf(DeviceDescription device, ConnectionLookup connection)
    {
        var warnings = registry.LinkWarnings(device);
        return connection.HasDisconnectEvents || device.Lease is not null ? warnings : warnings.Append(NoDisconnectEvents);
    }

    [LoggerMessage(3403, LogLevel.Warning, "The announcement of {Device} could not be stored: {Reason}")]
    private partial void LogNotStored(string device, string reason);

    [LoggerMessage(3404, LogLevel.Information, "{Device} announced itself (entities: {Entities}, revision: {Revision})")]
    private partial void LogAccepted(string device, int entities, ulong revision);
}
