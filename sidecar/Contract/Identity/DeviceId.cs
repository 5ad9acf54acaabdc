using System.Diagnostics.CodeAnalysis;

namespace HaNatsBridge.Contract.Identity;

/// <summary>
/// A device's identity: <c>{type}.{id}</c>, two safe subject tokens (docs/devices.md, "Names"). Equality is ordinal.
/// </summary>
/// <param name="Type">The group that permissions and wildcards name, such as <c>climate</c>.</param>
/// <param name="Id">The device within its type, such as <c>hall</c>.</param>
public readonly record struct DeviceId(string Type, string Id)
{
    /// <summary>The longest <c>{type}.{id}</c>.</summary>
    public const int MaxLength = (Token.MaxLength * 2) + 1;

    /// <summary>Reads <c>{type}.{id}</c>; false when it is anything but two safe tokens.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DeviceId device)
    {
        device = default;
        if (text is null || text.Length > MaxLength)
        {
            return false;
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !Token.IsValid(text.AsSpan(0, dot)) || !Token.IsValid(text.AsSpan(dot + 1)))
        {
            return false;
        }

        device = new DeviceId(text[..dot], text[(dot + 1)..]);
        return true;
    }

    /// <summary>The KV key and the name on the local protocol: <c>{type}.{id}</c>.</summary>
    public override string ToString() => string.Concat(Type, ".", Id);
}

/// <summary>An entity's identity: <c>{type}.{id}.{key}</c> (docs/devices.md, "Names").</summary>
/// <param name="Device">The device that it belongs to.</param>
/// <param name="Key">The entity within its device, one safe subject token.</param>
public readonly record struct EntityId(DeviceId Device, string Key)
{
    /// <summary>The name on the local protocol: <c>{type}.{id}.{key}</c>.</summary>
    public override string ToString() => string.Concat(Device.Type, ".", Device.Id, ".", Key);
}
