using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>An entity's normalised description (contract.md, "Announce"). Immutable and small: a home has thousands.</summary>
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
        var timeout = stored.TryGetProperty("command_timeout", out var seconds) && seconds.ValueKind == JsonValueKind.Number ? seconds.GetDouble() : 0;
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

    /// <summary>Whether a repeated value is to be told again (<c>force_update</c>).</summary>
    public bool ForceUpdate => _forceUpdate;

    /// <summary>Whether it reports moments on <c>.event.{key}</c> instead of a state.</summary>
    public bool IsEvent => Rules.Platform.IsEvent;

    /// <summary>Whether it has a state at all: not events and buttons.</summary>
    public bool HasState => Rules.State is not null;

    /// <summary>Whether its picture is asked for with <c>get_image</c>.</summary>
    public bool OnDemand => _onDemand;

    /// <summary>Its part of the normalised description, a JSON object, UTF-8.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    internal byte[] KeyUtf8 { get; }

    internal EntityRules Rules { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Key} ({Platform})";
}
