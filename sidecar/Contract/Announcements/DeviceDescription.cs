using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>A device's normalised description, as the registry keeps it (contract.md, "Announce"). Immutable.</summary>
public sealed class DeviceDescription
{
    /// <summary>Whose it is.</summary>
    public required DeviceId Id { get; init; }

    /// <summary>Its name for people; null where it has none.</summary>
    public string? Name { get; init; }

    /// <summary>The gateway that it stands behind.</summary>
    public DeviceId? ViaDevice { get; init; }

    /// <summary>The device whose child it is.</summary>
    public DeviceId? ParentDevice { get; init; }

    /// <summary>How long it counts as online after a sign of life; null: no limit.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>What its absence means.</summary>
    public OfflineMeaning WhenOffline { get; init; }

    /// <summary>Its connections, as <c>("mac", "02:00:5e:10:00:01")</c>.</summary>
    public ImmutableArray<(string Kind, string Value)> Connections { get; init; } = [];

    /// <summary>Its entities, in the order in which they were announced.</summary>
    public ImmutableArray<EntityDescription> Entities { get; init; } = [];

    /// <summary>The normalised description, canonical JSON, UTF-8: two announcements say the same when these bytes are equal.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>Reads what an equal, an older or a newer version stored; never refuses: what cannot be understood is left out.</summary>
    /// <exception cref="FormatException">It names no device: not a description at all.</exception>
    public static DeviceDescription FromStored(ReadOnlyMemory<byte> json) => throw new NotImplementedException();

    /// <summary>An entity, by its key.</summary>
    public bool TryGetEntity(string key, [NotNullWhen(true)] out EntityDescription? entity) => throw new NotImplementedException();

    /// <summary>An entity, by its key in UTF-8.</summary>
    public bool TryGetEntity(ReadOnlySpan<byte> key, [NotNullWhen(true)] out EntityDescription? entity) => throw new NotImplementedException();

    /// <summary>The description as it is listed to clients: with the diagnostic sensors of health reports added. Itself when there are none.</summary>
    /// <param name="healthKeys">As <c>health_rssi</c>; unknown ones are ignored.</param>
    public DeviceDescription WithHealth(IReadOnlyCollection<string> healthKeys) => throw new NotImplementedException();
}
