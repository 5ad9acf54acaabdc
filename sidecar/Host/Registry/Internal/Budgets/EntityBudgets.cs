using System.Globalization;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Registry.Internal.Budgets;

/// <summary>
/// How many devices and entities there may be, and how large their descriptions, of the home and of each credential, so that none
/// of them can fill Home Assistant or the registry. Who was there first stays: a limit refuses new devices and more of known ones. What is about to be stored counts
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
    private readonly Dictionary<string, Size> _shares = new(StringComparer.Ordinal);
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
    public ContractError? Take(DeviceId id, Size size)
    {
        var owner = OwnerOf(id, null);
        lock (_gate)
        {
            if (Exceeded(id, owner, size) is { } budget)
            {
                _refused.Add(budget, id, size);
                return budget.Error(size);
            }

            Set(id, new Held(size, owner, InFlight));
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
                Set(id, held with { Size = Size.Of(entry!.Announced), Since = entry.Revision });
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

            return _refused.RemoveWhere((id, size) => Exceeded(id, OwnerOf(id, null), size) is null);
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
                Set(id, new Held(Size.Of(entry.Announced), held?.Owner ?? OwnerOf(id, null), device.Revision));
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

    private Budget? Exceeded(DeviceId id, string? owner, Size size)
    {
        var settings = _settings.Current;
        var (options, bytes) = (settings.Of<RegistryOptions>(), Budget.BytesOf(settings.Of<StorageOptions>()));
        var held = _held.GetValueOrDefault(id);
        var budgets = owner is null
            ? Budget.OfHome(options, bytes)
            : [.. Budget.OfCredential(owner, options, bytes), .. Budget.OfHome(options, bytes)];
        return budgets.FirstOrDefault(budget =>
        {
            var isIn = held is not null && (budget.Owner == Budget.Home || budget.Owner == held.Owner);
            var before = isIn ? budget.Of(held!.Size) : 0;
            return budget.Of(size) > (held is null ? 0 : budget.Of(held.Size))
                && budget.Of(ShareOf(budget.Owner)) + budget.Of(size) - before > budget.Limit;
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

    private Size ShareOf(string owner) => _shares.GetValueOrDefault(owner);

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
            _shares[owner] = ShareOf(owner).Plus(held.Size, sign);
            if (_shares[owner].Devices == 0)
            {
                _shares.Remove(owner);
            }
        }
    }

    /// <summary>What a device takes.</summary>
    /// <param name="Size">So much.</param>
    /// <param name="Owner">Of this credential's budget; null: of the home's alone.</param>
    /// <param name="Since">The revision that this is known from: an older one does not change it.</param>
    private sealed record Held(Size Size, string? Owner, ulong Since);
}

/// <summary>How much devices take: one, or several together.</summary>
/// <param name="Devices">How many they are.</param>
/// <param name="Entities">How many entities they have.</param>
/// <param name="Bytes">How large their descriptions are.</param>
internal readonly record struct Size(int Devices, int Entities, long Bytes)
{
    /// <summary>What a device takes that is described so.</summary>
    public static Size Of(DeviceDescription description) => new(1, description.Entities.Length, description.Json.Length);

    /// <summary>With another one added, or taken away.</summary>
    public Size Plus(Size other, int sign) =>
        new(Devices + (sign * other.Devices), Entities + (sign * other.Entities), Bytes + (sign * other.Bytes));
}

/// <summary>What a budget counts.</summary>
internal enum Measure
{
    Devices,
    Entities,
    Bytes,
}

/// <summary>A limit.</summary>
/// <param name="Owner">The credential's name; <see cref="Home"/>: the home's.</param>
/// <param name="Measure">What is counted.</param>
/// <param name="Limit">How much there may be.</param>
/// <param name="Setting">The flag that sets it; null: it cannot be set.</param>
internal sealed record Budget(string Owner, Measure Measure, long Limit, string? Setting)
{
    /// <summary>The owner of the home's budgets. No credential has this name.</summary>
    public const string Home = "";

    /// <summary>Of all descriptions. The bucket holds ten revisions of each.</summary>
    private const long MostBytes = 32 * StorageDeclarations.Mebibyte;

    /// <summary>Ten revisions of each description fit in half of what the buckets have.</summary>
    private const int PartOfStorage = 160;

    /// <summary>For people: <c>5000 entities of the credential zigbee.* (--max-entities-per-credential)</c>.</summary>
    public string Text => What + (Owner == Home ? " of the home" : $" of the credential {Owner}")
        + (Setting is null ? "" : $" ({Setting})");

    private string What => Measure switch
    {
        Measure.Devices => string.Create(CultureInfo.InvariantCulture, $"{Limit} devices"),
        Measure.Entities => string.Create(CultureInfo.InvariantCulture, $"{Limit} entities"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Limit / 1024} KiB of descriptions"),
    };

    /// <summary>How large all descriptions of a home may be.</summary>
    public static long BytesOf(StorageOptions storage) => Math.Min(MostBytes, (storage.MaxBytes ?? long.MaxValue) / PartOfStorage);

    public static Budget[] OfHome(RegistryOptions options, long bytes) =>
    [
        new(Home, Measure.Devices, EntityBudgets.MaxDevices, null),
        new(Home, Measure.Entities, options.MaxEntities, RegistryFeature.MaxEntities),
        new(Home, Measure.Bytes, bytes, null),
    ];

    /// <summary>By default no credential can take the whole home.</summary>
    public static Budget[] OfCredential(string name, RegistryOptions options, long bytes) =>
    [
        new(name, Measure.Devices, options.MaxDevicesPerCredential, RegistryFeature.MaxDevicesPerCredential),
        new(name, Measure.Entities, options.MaxEntitiesPerCredential, RegistryFeature.MaxEntitiesPerCredential),
        new(name, Measure.Bytes, bytes / 2, null),
    ];

    /// <summary>What counts of a size.</summary>
    public long Of(Size size) => Measure switch
    {
        Measure.Devices => size.Devices,
        Measure.Entities => size.Entities,
        _ => size.Bytes,
    };

    /// <summary>What a device is told that finds no room.</summary>
    public ContractError Error(Size size)
    {
        var what = Measure switch
        {
            Measure.Devices => "this device",
            Measure.Entities => string.Create(CultureInfo.InvariantCulture, $"its {size.Entities} entities"),
            _ => string.Create(CultureInfo.InvariantCulture, $"its description of {size.Bytes} bytes"),
        };
        return new ContractError(
            Measure == Measure.Entities ? "entities" : "", AnnounceCodes.TooLarge, $"there is no room for {what}: at most {Text}");
    }
}
