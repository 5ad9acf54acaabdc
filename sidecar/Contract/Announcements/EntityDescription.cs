using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// An entity's normalised description (docs/devices.md, "Announce"). Immutable and small: a home has thousands.
/// </summary>
public sealed class EntityDescription
{
    private readonly ushort _commandTimeout;
    private readonly bool _forceUpdate;
    private readonly bool _onDemand;

    internal EntityDescription(string key, EntityRules rules, JsonElement stored, ReadOnlyMemory<byte> json)
    {
        Key = key;
        KeyUtf8 = Encoding.ASCII.GetBytes(key);
        Rules = rules;
        Json = json;
        var timeout = stored.TryGetProperty("command_timeout", out var seconds) && seconds.ValueKind == JsonValueKind.Number
            ? seconds.GetDouble()
            : 0;
        _commandTimeout = timeout is >= 1 and <= 60 ? (ushort)(timeout * 1000) : (ushort)0;
        _forceUpdate = JsonFields.Truth(stored, "force_update") ?? false;
        _onDemand = JsonFields.Truth(stored, "on_demand") ?? false;
    }

    /// <summary>The entity within its device, one safe token.</summary>
    public string Key { get; }

    /// <summary>Home Assistant's platform: <c>sensor</c>, <c>light</c>, …</summary>
    public string Platform => Rules.Platform.Name;

    /// <summary>The entity's own deadline for commands, 1–60 s; null: the default.</summary>
    public TimeSpan? CommandTimeout => _commandTimeout == 0 ? null : TimeSpan.FromMilliseconds(_commandTimeout);

    /// <summary>Whether a repeated value is sent again (<c>force_update</c>).</summary>
    public bool ForceUpdate => _forceUpdate;

    /// <summary>Whether it reports events on <c>.event.{key}</c> instead of a state.</summary>
    public bool IsEvent => Rules.Platform.EventTypesOf(Rules) is not null;

    /// <summary>Whether it has a state at all: not events and buttons.</summary>
    public bool HasState => Rules.State is not null;

    /// <summary>
    /// Whether its state is a secret: that of a text of mode <c>password</c>, and of an entity whose key is the name of one.
    /// </summary>
    public bool HasSecretState => Rules.Platform.HasSecretState(Rules) || SecretNames.Contains(Key);

    /// <summary>Whether it may have a picture: cameras, images and media players.</summary>
    public bool MayHavePicture => PictureTypes.Platforms.Contains(Platform);

    /// <summary>Whether its picture is requested with <c>get_image</c>.</summary>
    public bool OnDemand => _onDemand;

    /// <summary>Its part of the normalised description, a JSON object, UTF-8.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    internal byte[] KeyUtf8 { get; }

    internal EntityRules Rules { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Key} ({Platform})";
}

/// <summary>
/// Finds a device's entity by its key, from text or from UTF-8, without allocation. An open-addressing hash table of 16-bit
/// indexes, at most half full.
/// </summary>
internal sealed class EntityIndex
{
    private readonly ImmutableArray<EntityDescription> _entities;
    private readonly ushort[] _slots;

    public EntityIndex(ImmutableArray<EntityDescription> entities)
    {
        _entities = entities;
        _slots = new ushort[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, entities.Length * 2))];
        for (var i = 0; i < entities.Length; i++)
        {
            var slot = Hash(entities[i].KeyUtf8) & (_slots.Length - 1);
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = (ushort)(i + 1);
        }
    }

    /// <summary>The index of the entity; -1 when there is none.</summary>
    public int IndexOf(ReadOnlySpan<byte> key)
    {
        var slot = Hash(key) & (_slots.Length - 1);
        while (_slots[slot] != 0)
        {
            var index = _slots[slot] - 1;
            if (key.SequenceEqual(_entities[index].KeyUtf8))
            {
                return index;
            }

            slot = (slot + 1) & (_slots.Length - 1);
        }

        return -1;
    }

    private static int Hash(ReadOnlySpan<byte> key)
    {
        // FNV-1a: the keys are short and not secret, and there are at most a thousand.
        var hash = 2166136261;
        foreach (var c in key)
        {
            hash = (hash ^ c) * 16777619;
        }

        return (int)(hash & int.MaxValue);
    }
}
