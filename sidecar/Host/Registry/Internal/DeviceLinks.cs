using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Which device stands behind which (<c>via_device</c>, <c>parent_device</c>), and what of that can be listed: an unknown or
/// circular link is left out, and set when the gateway comes (docs/devices.md, "Announce"); so is one with more than
/// <see cref="MaxDepth"/> gateways before it. Every device of a circle is listed without its link, whichever was announced first.
/// Not thread-safe.
/// </summary>
internal sealed class DeviceLinks(Func<DeviceId, DeviceDescription?> announced)
{
    /// <summary>
    /// So many gateways may stand one behind the other: with longer chains, each change at one end would be looked at from every
    /// device of it.
    /// </summary>
    public const int MaxDepth = 8;

    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 64 };
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Dictionary<DeviceId, HashSet<DeviceId>> _behind = [];

    /// <summary>The device's links changed from those of one description to those of another; null: there is none.</summary>
    public void Changed(DeviceDescription? before, DeviceDescription? after)
    {
        if (before is not null)
        {
            Drop(before.ViaDevice, before.Id);
            Drop(before.ParentDevice, before.Id);
        }

        if (after is not null)
        {
            Add(after.ViaDevice, after.Id);
            Add(after.ParentDevice, after.Id);
        }
    }

    /// <summary>
    /// Every device that stands behind this one, directly or not, as far as links are listed; without the device itself.
    /// </summary>
    public IReadOnlyCollection<DeviceId> Behind(DeviceId id)
    {
        if (!_behind.ContainsKey(id))
        {
            return [];
        }

        var found = new HashSet<DeviceId>();
        var open = new Queue<(DeviceId Id, int Depth)>([(id, 0)]);
        while (open.TryDequeue(out var next))
        {
            foreach (var behind in _behind.GetValueOrDefault(next.Id, []))
            {
                if (behind != id && found.Add(behind) && next.Depth + 1 < MaxDepth)
                {
                    open.Enqueue((behind, next.Depth + 1));
                }
            }
        }

        return found;
    }

    /// <summary>The description as it can be listed: without the links that lead nowhere or in a circle.</summary>
    public DeviceDescription Listed(DeviceDescription description)
    {
        var via = ProblemOf(description, static d => d.ViaDevice) is not null;
        var parent = ProblemOf(description, static d => d.ParentDevice) is not null;
        return via || parent ? Without(description, via, parent) : description;
    }

    /// <summary>The warnings about the links of a device that announces itself.</summary>
    public IEnumerable<ContractError> Warnings(DeviceDescription description)
    {
        if (ProblemOf(description, static d => d.ViaDevice) is { } via)
        {
            yield return new ContractError("via_device", AnnounceCodes.InvalidValue, via);
        }

        if (ProblemOf(description, static d => d.ParentDevice) is { } parent)
        {
            yield return new ContractError("parent_device", AnnounceCodes.InvalidValue, parent);
        }
    }

    private static DeviceDescription Without(DeviceDescription description, bool via, bool parent)
    {
        var buffer = new ArrayBufferWriter<byte>(description.Json.Length);
        var reader = new Utf8JsonReader(description.Json.Span, Reading);
        using (var document = JsonDocument.ParseValue(ref reader))
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!(via && member.NameEquals("via_device"u8)) && !(parent && member.NameEquals("parent_device"u8)))
                {
                    member.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        return DeviceDescription.FromStored(buffer.WrittenSpan.ToArray());
    }

    private string? ProblemOf(DeviceDescription description, Func<DeviceDescription, DeviceId?> link)
    {
        if (link(description) is not { } first)
        {
            return null;
        }

        if (first != description.Id && announced(first) is null)
        {
            return $"{first} is not known: left out until it announces itself";
        }

        var seen = new HashSet<DeviceId>();
        DeviceId? next = first;
        while (next is { } id && seen.Add(id))
        {
            if (id == description.Id)
            {
                return $"{first} stands behind {description.Id} itself: left out, because a circle has no gateway";
            }

            if (seen.Count > MaxDepth)
            {
                return $"{first} is not the first of at most {MaxDepth} gateways, one behind the other: left out";
            }

            next = announced(id) is { } known ? link(known) : null;
        }

        return null;
    }

    private void Add(DeviceId? gateway, DeviceId id)
    {
        if (gateway is { } key)
        {
            if (!_behind.TryGetValue(key, out var devices))
            {
                _behind[key] = devices = [];
            }

            devices.Add(id);
        }
    }

    private void Drop(DeviceId? gateway, DeviceId id)
    {
        if (gateway is { } key && _behind.TryGetValue(key, out var devices) && devices.Remove(id) && devices.Count == 0)
        {
            _behind.Remove(key);
        }
    }
}
