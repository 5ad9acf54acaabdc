using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry.Internal.Announcing;

namespace HaNatsBridge.Host.Registry.Internal.Budgets;

/// <summary>Whether an announcement may be stored: it fits beside what is stored, and within the budgets.</summary>
internal sealed class Admission(DeviceRegistry registry, ChangeBudget changes, EntityBudgets entities)
{
    /// <summary>Looks at an announcement before it is stored. <see cref="Settle"/> must follow when it is admitted.</summary>
    public Admitted Admit(DeviceId id, Announcement announcement)
    {
        registry.TryGetEntry(id, out var known);
        var result = announcement.Beside(known?.Announced, known?.Revision ?? 0);
        if (result.Device is not { } device)
        {
            return new Admitted(null, result, IsOfBudget: false);
        }

        if (known is not null && known.Announced.Json.Span.SequenceEqual(device.Json.Span))
        {
            return new Admitted(device, null, IsOfBudget: false);
        }

        if (!changes.TrySpend(id))
        {
            return default;
        }

        return entities.Take(id, Size.Of(device)) is { } error
            ? new Admitted(
                null, AnnouncementResult.Refused(error.Path, error.Code, error.Message) with { Named = id }, IsOfBudget: true)
            : new Admitted(device, null, IsOfBudget: false);
    }

    /// <summary>What became of an announcement that was admitted.</summary>
    public void Settle(DeviceId id, StoredAnnouncement stored) =>
        entities.Settle(id, stored.Result?.Device is null ? null : stored.Revision);
}

/// <summary>Whether an announcement may be stored. Neither a device nor a refusal: it comes too soon after others.</summary>
/// <param name="Device">It may: what it comes to.</param>
/// <param name="Refused">It may not: why.</param>
/// <param name="IsOfBudget">Whether a budget refuses it, which is no mistake of the device.</param>
internal readonly record struct Admitted(DeviceDescription? Device, AnnouncementResult? Refused, bool IsOfBudget);
