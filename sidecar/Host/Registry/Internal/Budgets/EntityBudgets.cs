using System.Globalization;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Registry.Internal.Budgets;

/// <summary>
/// How many devices and entities there may be, of the home and of each credential, so that none of them can fill Home Assistant.
/// Who was there first stays: a limit refuses new devices and more entities of known ones. What is about to be stored counts
/// already, so that announcements side by side do not exceed a limit together. Devices without a credential share the home's.
/// </summary>
internal sealed class EntityBudgets : IDeviceRegistryListener
{
    /// <summary>The most devices of a home.</summary>
    public const int MaxDevices = 10_000;

    /// <summary>The revision of what is about to be stored.</summary>
    private const ulong InFlight = ulong.MaxValue;

    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, Held> _held = [];
    private readonly Dictionary<string, Share> _shares = new(StringComparer.Ordinal);
    private readonly DeviceRegistry _registry;
    private readonly IFleet? _fleet;
    private readonly ISettings _settings;
    private readonly RefusedDevices _refused;

    public EntityBudgets(DeviceRegistry registry, IEnumerable<IFleet> fleets, ISettings settings, RefusedDevices refused)
    {
        (_registry, _fleet, _settings, _refused) = (registry, fleets.FirstOrDefault(), settings, refused);
        registry.Subscribe(this);
    }

    /// <summary>How many entities there are.</summary>
    public int Entities
    {
        get
        {
            lock (_gate)
            {
                return ShareOf(Budget.Home).Entities;
            }
        }
    }

    /// <summary>How many devices were refused and would still find no room.</summary>
    public int Refused
    {
        get
        {
            lock (_gate)
            {
                return _refused.Count;
            }
        }
    }

    /// <summary>
    /// Takes room for a device before it is stored; null: there is. <see cref="Settle"/> must follow then. Else the error for the
    /// device.
    /// </summary>
    public ContractError? Take(DeviceId id, int entities)
    {
        var owner = OwnerOf(id, null);
        lock (_gate)
        {
            if (Exceeded(id, owner, entities) is { } budget)
            {
                _refused.Add(budget, id, entities);
                return budget.Error(entities);
            }

            Set(id, new Held(entities, owner, InFlight));
            _refused.Remove(id);
            return null;
        }
    }

    /// <summary>The device was stored with this revision; null: it was not, and its room is what it was.</summary>
    public void Settle(DeviceId id, ulong? revision)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(id, out var held) || held.Since != InFlight)
            {
                return;
            }

            var known = _registry.TryGetEntry(id, out var entry);
            if (known && (revision is not { } stored || entry!.Revision >= stored))
            {
                Set(id, held with { Entities = entry!.Announced.Entities.Length, Since = entry.Revision });
            }
            else if (revision is { } expected)
            {
                Set(id, held with { Since = expected });
            }
            else
            {
                Set(id, null);
            }
        }
    }

    /// <summary>
    /// Looks again at credentials and limits; true when devices that were refused would find room now.
    /// </summary>
    public bool Reconsider()
    {
        lock (_gate)
        {
            foreach (var (id, held) in _held.ToArray())
            {
                if (OwnerOf(id, held.Owner) is var owner && owner != held.Owner)
                {
                    Set(id, held with { Owner = owner });
                }
            }

            return _refused.RemoveWhere((id, entities) => Exceeded(id, OwnerOf(id, null), entities) is null);
        }
    }

    /// <summary>Who was refused is of no interest any more.</summary>
    public void Forget(DeviceId id)
    {
        lock (_gate)
        {
            _refused.Remove(id);
        }
    }

    public void DeviceChanged(RegisteredDevice device)
    {
        var id = device.Description.Id;
        lock (_gate)
        {
            var held = _held.GetValueOrDefault(id);
            if (device.Revision >= (held?.Since ?? 0) && _registry.TryGetEntry(id, out var entry))
            {
                // The announced ones alone: those of health reports are the bridge's own.
                Set(id, new Held(entry.Announced.Entities.Length, held?.Owner ?? OwnerOf(id, null), device.Revision));
            }
        }
    }

    public void DeviceRemoved(DeviceId id)
    {
        lock (_gate)
        {
            if (_held.TryGetValue(id, out var held) && held.Since != InFlight)
            {
                Set(id, null);
            }
        }
    }

    public void AvailabilityChanged(RegisteredDevice device)
    {
        // Also what is offline takes its room.
    }

    private Budget? Exceeded(DeviceId id, string? owner, int entities)
    {
        var options = _settings.Current.Of<RegistryOptions>();
        var held = _held.GetValueOrDefault(id);
        var budgets = owner is null
            ? Budget.OfHome(options)
            : [.. Budget.OfCredential(owner, options), .. Budget.OfHome(options)];
        return budgets.FirstOrDefault(budget =>
        {
            var share = ShareOf(budget.Owner);
            var isIn = held is not null && (budget.Owner == Budget.Home || budget.Owner == held.Owner);
            return budget.IsOfDevices
                ? held is null && share.Devices + 1 > budget.Limit
                : entities > (held?.Entities ?? 0) && share.Entities + entities - (isIn ? held!.Entities : 0) > budget.Limit;
        });
    }

    /// <summary>The credential that speaks for a device; where it cannot be read, the one that is known.</summary>
    private string? OwnerOf(DeviceId id, string? known)
    {
        try
        {
            return _fleet?.Of(id)?.Name;
        }
        catch (FleetException)
        {
            return known;
        }
    }

    private Share ShareOf(string owner) => _shares.GetValueOrDefault(owner);

    private void Set(DeviceId id, Held? held)
    {
        if (_held.Remove(id, out var before))
        {
            Change(before, -1);
        }

        if (held is not null)
        {
            _held[id] = held;
            Change(held, 1);
        }
    }

    private void Change(Held held, int sign)
    {
        foreach (var owner in held.Owner is null ? [Budget.Home] : new[] { Budget.Home, held.Owner })
        {
            var share = ShareOf(owner);
            _shares[owner] = new Share(share.Devices + sign, share.Entities + (sign * held.Entities));
            if (_shares[owner].Devices == 0)
            {
                _shares.Remove(owner);
            }
        }
    }

    /// <summary>What a device takes.</summary>
    /// <param name="Entities">So many entities.</param>
    /// <param name="Owner">Of this credential's budget; null: of the home's alone.</param>
    /// <param name="Since">The revision that this is known from: an older one does not change it.</param>
    private sealed record Held(int Entities, string? Owner, ulong Since);

    private readonly record struct Share(int Devices, int Entities);
}

/// <summary>A limit.</summary>
/// <param name="Owner">The credential's name; <see cref="Home"/>: the home's.</param>
/// <param name="IsOfDevices">Whether devices are counted, else entities.</param>
/// <param name="Limit">How many there may be.</param>
/// <param name="Setting">The flag that sets it; null: it cannot be set.</param>
internal sealed record Budget(string Owner, bool IsOfDevices, int Limit, string? Setting)
{
    /// <summary>The owner of the home's budgets. No credential has this name.</summary>
    public const string Home = "";

    /// <summary>For people: <c>5000 entities of the credential zigbee.* (--max-entities-per-credential)</c>.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Limit} {(IsOfDevices ? "devices" : "entities")} of {(Owner == Home ? "the home" : $"the credential {Owner}")}")
        + (Setting is null ? "" : $" ({Setting})");

    public static Budget[] OfHome(RegistryOptions options) =>
    [
        new(Home, true, EntityBudgets.MaxDevices, null),
        new(Home, false, options.MaxEntities, RegistryFeature.MaxEntities),
    ];

    public static Budget[] OfCredential(string name, RegistryOptions options) =>
    [
        new(name, true, options.MaxDevicesPerCredential, RegistryFeature.MaxDevicesPerCredential),
        new(name, false, options.MaxEntitiesPerCredential, RegistryFeature.MaxEntitiesPerCredential),
    ];

    /// <summary>What a device is told that finds no room.</summary>
    public ContractError Error(int entities) => new(
        IsOfDevices ? "" : "entities",
        AnnounceCodes.TooLarge,
        IsOfDevices
            ? $"there is no room for this device: at most {Text}"
            : string.Create(CultureInfo.InvariantCulture, $"there is no room for its {entities} entities: at most {Text}"));
}
