using System.Runtime.InteropServices;
using System.Text.Json;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// The parts of a stored description while a new announcement is read: a part that is wrong there stays as it is here
/// (docs/devices.md, "Announce").
/// </summary>
internal sealed class StoredParts : IDisposable
{
    private readonly JsonDocument? _document;
    private readonly Dictionary<string, JsonElement> _entities = new(StringComparer.Ordinal);
    private readonly Dictionary<TriggerName, JsonElement> _triggers = [];

    private StoredParts(DeviceDescription? before)
    {
        if (before is null)
        {
            return;
        }

        _document = JsonDocument.Parse(before.Json);
        foreach (var entity in Items("entities"))
        {
            if (JsonFields.Text(entity, "key") is { } key)
            {
                _entities.TryAdd(key, entity);
            }
        }

        foreach (var trigger in Items("triggers"))
        {
            _triggers.TryAdd(TriggerName.Of(trigger), trigger);
        }
    }

    /// <summary>Whether anything stays as it was.</summary>
    public bool HasKept { get; private set; }

    /// <summary>The parts of a description; none when there is no description.</summary>
    public static StoredParts Of(DeviceDescription? before) => new(before);

    /// <summary>The entity as it was; null when there was none.</summary>
    public KeptEntity? KeepEntity(string key)
    {
        if (!_entities.TryGetValue(key, out var stored))
        {
            return null;
        }

        HasKept = true;
        return new KeptEntity(key, stored);
    }

    /// <summary>The entities that have none of these keys, as they were.</summary>
    public IEnumerable<KeptEntity> KeepOthers(IReadOnlySet<string> keys) =>
        _entities.Keys.Where(key => !keys.Contains(key)).Select(key => KeepEntity(key)!);

    /// <summary>The trigger as it was; null when there was none, or it does not fit any more.</summary>
    public JsonElement? KeepTrigger(TriggerName name, Func<JsonElement, bool> fits)
    {
        if (!_triggers.TryGetValue(name, out var stored) || !fits(stored))
        {
            return null;
        }

        HasKept = true;
        return stored;
    }

    /// <summary>All triggers that still fit, as they were.</summary>
    public IReadOnlyList<JsonElement> KeepTriggers(Func<JsonElement, bool> fits) =>
        [.. _triggers.Keys.Select(name => KeepTrigger(name, fits)).OfType<JsonElement>()];

    public void Dispose() => _document?.Dispose();

    private IEnumerable<JsonElement> Items(string name) =>
        _document!.RootElement.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];
}

/// <summary>How a trigger is known.</summary>
internal readonly record struct TriggerName(string? Type, string? Subtype)
{
    public static TriggerName Of(JsonElement trigger) =>
        new(JsonFields.Text(trigger, "type"), JsonFields.Text(trigger, "subtype"));
}

/// <summary>An entity that stays as it was: written byte by byte, so that an unchanged description is the same.</summary>
internal sealed class KeptEntity(string key, JsonElement stored) : IListedEntity
{
    private readonly PlatformDefinition? _platform = PlatformCatalog.Find(JsonFields.Text(stored, "platform") ?? "");

    public string Key { get; } = key;

    public bool IsEvent => _platform?.IsEvent == true;

    public IEnumerable<string> EventTypes => new EntityDraft("", stored).Texts("event_types");

    public IEnumerable<string> Patterns => (_platform?.Fields ?? []).Where(rule => rule.Kind == FieldKind.Pattern)
        .Select(rule => JsonFields.Text(stored, rule.Name)).OfType<string>();

    public void Write(Utf8JsonWriter writer) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(stored), skipInputValidation: true);
}
