using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>A device's normalised description, as the registry stores it (docs/devices.md, "Announce"). Immutable.</summary>
public sealed class DeviceDescription
{
    private readonly EntityIndex _index;

    internal DeviceDescription(DeviceId id, ImmutableArray<EntityDescription> entities, ReadOnlyMemory<byte> json)
    {
        Id = id;
        Entities = entities;
        Json = json;
        _index = new EntityIndex(entities);
    }

    /// <summary>The device.</summary>
    public DeviceId Id { get; }

    /// <summary>The schema that it was announced with. An older sidecar does not write over a newer one.</summary>
    public long Schema { get; internal init; } = AnnouncementReader.Schema;

    /// <summary>Its name for people; null where it has none.</summary>
    public string? Name { get; internal init; }

    /// <summary>The gateway through which it is connected.</summary>
    public DeviceId? ViaDevice { get; internal init; }

    /// <summary>The parent device.</summary>
    public DeviceId? ParentDevice { get; internal init; }

    /// <summary>How long it counts as online after a sign of life; null: no limit.</summary>
    public TimeSpan? Lease { get; internal init; }

    /// <summary>How many commands it may have unanswered, 1–1,024; null: as the sidecar's setting says.</summary>
    public int? MaxCommands { get; internal init; }

    /// <summary>What it means for its entities that it is offline.</summary>
    public OfflineMeaning WhenOffline { get; internal init; }

    /// <summary>Its connections, as <c>("mac", "02:00:5e:10:00:01")</c>.</summary>
    public ImmutableArray<(string Kind, string Value)> Connections { get; internal init; } = [];

    /// <summary>Its entities, in the order in which they were announced.</summary>
    public ImmutableArray<EntityDescription> Entities { get; }

    /// <summary>
    /// The normalised description, canonical JSON, UTF-8: two announcements are the same when these bytes are equal.
    /// </summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>
    /// Reads what this, an older or a newer version stored; never refuses: what this version does not understand (a field, a
    /// platform) is left out of <see cref="Entities"/> but stays in <see cref="Json"/>.
    /// </summary>
    /// <exception cref="FormatException">It names no device: not a description at all.</exception>
    public static DeviceDescription FromStored(ReadOnlyMemory<byte> json) =>
        TryFromStored(json, out var device)
            ? device
            : throw new FormatException("Not a stored device description: no JSON object with a type and an id.");

    /// <summary>As <see cref="FromStored"/>, without an exception.</summary>
    public static bool TryFromStored(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out DeviceDescription? device)
    {
        device = StoredDescription.Read(json.ToArray());
        return device is not null;
    }

    /// <summary>An entity, by its key.</summary>
    public bool TryGetEntity(string key, [NotNullWhen(true)] out EntityDescription? entity)
    {
        Span<byte> utf8 = stackalloc byte[Token.MaxLength];
        if (!Token.IsValid(key))
        {
            entity = null;
            return false;
        }

        return TryGetEntity(utf8[..Encoding.ASCII.GetBytes(key, utf8)], out entity);
    }

    /// <summary>An entity, by its key in UTF-8.</summary>
    public bool TryGetEntity(ReadOnlySpan<byte> key, [NotNullWhen(true)] out EntityDescription? entity)
    {
        var index = _index.IndexOf(key);
        entity = index < 0 ? null : Entities[index];
        return entity is not null;
    }

    /// <summary>
    /// The description as it is listed to clients: with the diagnostic sensors of health reports added. Itself when there are
    /// none.
    /// </summary>
    /// <param name="healthKeys">As <c>health_rssi</c>; unknown ones are ignored.</param>
    public DeviceDescription WithHealth(IReadOnlyCollection<string> healthKeys)
    {
        var added = WellKnownHealth.All.Where(h => healthKeys.Contains(h.Key) && !TryGetEntity(h.Key, out _)).ToArray();
        return added.Length == 0
            ? this
            : StoredDescription.Read(StoredDescription.WithEntities(Json, added.Select(a => a.Description))) ?? this;
    }

    /// <summary>The index of an entity in <see cref="Entities"/>; -1 when there is none.</summary>
    internal int IndexOf(ReadOnlySpan<byte> key) => _index.IndexOf(key);
}

/// <summary>
/// What it means for a device's entities that it is offline (<c>when_offline</c>; docs/devices.md, "Online or offline").
/// </summary>
public enum OfflineMeaning
{
    /// <summary>Its entities are unavailable. The default.</summary>
    Unavailable,

    /// <summary>
    /// It sleeps: its entities stay available with the last state, and a command to them fails with DEVICE_OFFLINE.
    /// </summary>
    Assumed,
}
