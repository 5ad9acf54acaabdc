using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>Stores an announcement that was read and checked, finds the connection that it came from, and answers it.</summary>
internal sealed partial class AnnouncementAcceptor(
    DeviceRegistry registry, DeviceStore store, IDeviceConnections connections, AnnounceNotices notices, Refusals refusals,
    ChangeBudget budget, RegistryMetrics metrics, ILogger<AnnouncementAcceptor> log)
{
    /// <summary>The most devices of a home; beyond it new ones are refused, known ones live.</summary>
    public const int MaxDevices = 10_000;

    private static readonly ContractError NoDisconnectEvents = new(
        "lease_seconds",
        AnnounceCodes.NoDisconnectEvents,
        "the sidecar gets no event when the device's connection is closed, and without lease_seconds it never counts as offline");

    /// <summary>Accepts or refuses it. In the device's lane.</summary>
    public async Task AcceptAsync(
        NatsMsg<byte[]> message, AnnouncementResult result, DeviceDescription device, CancellationToken stoppingToken)
    {
        var isKnown = registry.TryGetEntry(device.Id, out var known);
        if (!isKnown && registry.Count >= MaxDevices)
        {
            var refused = AnnouncementResult.Refused(
                "", AnnounceCodes.TooLarge, $"the home has {MaxDevices} devices: remove some first");
            await refusals.RefuseAsync(message, refused, null, stoppingToken);
            return;
        }

        var isSame = isKnown && known!.Announced.Json.Span.SequenceEqual(device.Json.Span);
        if (!isSame && !budget.TrySpend(device.Id))
        {
            await refusals.TooManyAsync(message, stoppingToken);
            return;
        }

        // Both ask the server, neither needs the other. Whether a device with a lease is behind a leaf node makes no difference.
        var finding = connections.FindAsync(device.Id, device.Lease is null ? message.ReplyTo : null, stoppingToken);
        var (revision, isNew, problem) = await StoreAsync(device, stoppingToken);
        var found = await finding;
        if (problem is not null)
        {
            await refusals.NotStoredAsync(message, problem, stoppingToken);
            return;
        }

        metrics.Accepted(isNew);
        if (isNew)
        {
            LogAccepted(device.Id.ToString(), device.Entities.Length, revision);
        }

        // Before the answer: who is answered counts as announced, whatever happens to its old connection now.
        await notices.PublishAsync(device.Id, found.Connection, stoppingToken);
        await refusals.AcceptAsync(message, result, device, revision, WarningsOf(device, found), stoppingToken);
    }

    private async Task<(ulong Revision, bool IsNew, string? Problem)> StoreAsync(
        DeviceDescription device, CancellationToken stoppingToken)
    {
        using var bounded = store.Bounded(stoppingToken);
        try
        {
            var (revision, isNew) = await store.PutAsync(device, bounded.Token);
            return (revision, isNew, null);
        }
        catch (NewerRecordException e)
        {
            LogNotStored(device.Id.ToString(), e.Message);
            return (0, false, e.Message);
        }
        catch (Exception e) when (NatsTrouble.Is(e, stoppingToken))
        {
            LogNotStored(device.Id.ToString(), e.Message);
            return (0, false, "JetStream did not take it: try again");
        }
    }

    private IEnumerable<ContractError> WarningsOf(DeviceDescription device, ConnectionLookup connection)
    {
        var warnings = registry.LinkWarnings(device);
        return connection.HasDisconnectEvents || device.Lease is not null ? warnings : warnings.Append(NoDisconnectEvents);
    }

    [LoggerMessage(3403, LogLevel.Warning, "The announcement of {Device} could not be stored: {Reason}")]
    private partial void LogNotStored(string device, string reason);

    [LoggerMessage(3404, LogLevel.Information, "{Device} announced itself with {Entities} entities (revision {Revision})")]
    private partial void LogAccepted(string device, int entities, ulong revision);
}
