using System.Collections.Immutable;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices.Internal;

namespace HaNatsBridge.Devices;

/// <summary>
/// What a device announces (docs/devices.md, "Announce"). Immutable: a changed one is made with <see cref="With"/> and given to
/// <see cref="Device.Describe"/>.
/// Fields are free: Home Assistant's own names, as an anonymous object, a dictionary or a <c>JsonObject</c>.
/// </summary>
public sealed class DeviceDescription
{
    private const int MaxEntities = 1000;
    private const int MaxBytes = 512 * 1024;
    private static readonly string[] OwnOfDevice = ["schema", "type", "id", "entities"];
    private static readonly string[] OwnOfEntity = ["key", "platform"];
    private readonly IReadOnlyDictionary<string, JsonElement> _fields;
    private readonly ImmutableList<Entity> _entities;
    private readonly Lazy<byte[]> _announcement;

    /// <summary>A device without entities.</summary>
    /// <param name="type">The device's type, one word of letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="id">Its id within the type, such a word too.</param>
    /// <param name="fields">Fields of the device: <c>new { name = "Desk lamp", lease_seconds = 90 }</c>.</param>
    /// <exception cref="ArgumentException">Type or id is no such word; fields are no object.</exception>
    public DeviceDescription(string type, string id, object? fields = null)
        : this(new DeviceId(Word(type, nameof(type)), Word(id, nameof(id))), Fields(fields, OwnOfDevice), [])
    {
    }

    private DeviceDescription(DeviceId id, IReadOnlyDictionary<string, JsonElement> fields, ImmutableList<Entity> entities)
    {
        (Id, _fields, _entities) = (id, fields, entities);
        _announcement = new Lazy<byte[]>(Write);
    }

    /// <summary>The device's identity.</summary>
    public DeviceId Id { get; }

    /// <summary>The keys of its entities, in their order.</summary>
    public IEnumerable<string> Keys => _entities.Select(entity => entity.Key);

    /// <summary>How long the device counts as online after a sign of life; zero: no limit.</summary>
    public TimeSpan Lease => TimeSpan.FromSeconds(Number(_fields, "lease_seconds"));

    /// <summary>
    /// How many commands it may have unanswered, as it announces; 0: it does not say, and the home sends at most 16.
    /// </summary>
    public int MaxCommands => (int)Number(_fields, "max_commands");

    /// <summary>The same device with one more entity.</summary>
    /// <param name="key">The entity's key, one word.</param>
    /// <param name="platform">Home Assistant's platform: <c>light</c>, <c>sensor</c>, …</param>
    /// <param name="fields">Fields of the entity; <c>name = (string?)null</c> makes it the device's main feature.</param>
    /// <exception cref="ArgumentException">The key is no word or there already; fields are no object.</exception>
    public DeviceDescription With(string key, string platform, object? fields = null)
    {
        if (Has(key))
        {
            throw new ArgumentException($"There is an entity {key} already.", nameof(key));
        }

        var entity = new Entity(Word(key, nameof(key)), platform, Fields(fields, OwnOfEntity));
        return new DeviceDescription(Id, _fields, _entities.Add(entity));
    }

    /// <summary>The announcement's JSON.</summary>
    /// <exception cref="ArgumentException">More than 1,000 entities or 512 KiB: it wants to be several devices.</exception>
    public ReadOnlyMemory<byte> ToJson() => _announcement.Value;

    internal bool Has(string key) => _entities.Exists(entity => entity.Key == key);

    /// <summary>After how long a state is worthless; zero: never.</summary>
    internal TimeSpan ExpireAfter(string key) =>
        _entities.Find(entity => entity.Key == key) is { } found
            ? TimeSpan.FromSeconds(Number(found.Fields, "expire_after"))
            : TimeSpan.Zero;

    private static string Word(string text, string parameter) =>
        Token.IsValid(text) ? text : throw new ArgumentException("Expected 1 to 64 of the characters A-Z a-z 0-9 _ -", parameter);

    private static IReadOnlyDictionary<string, JsonElement> Fields(object? given, string[] own)
    {
        var fields = Payload.Members(given, nameof(given));
        return own.FirstOrDefault(fields.ContainsKey) is { } twice
            ? throw new ArgumentException($"The field {twice} has its own parameter.", nameof(given))
            : fields;
    }

    private static double Number(IReadOnlyDictionary<string, JsonElement> fields, string name) =>
        fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var number) && number is > 0 and < int.MaxValue
            ? number
            : 0;

    private byte[] Write()
    {
        var json = Payload.Write(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("type", Id.Type);
            json.WriteString("id", Id.Id);
            json.WriteMembers(_fields);
            json.WriteStartArray("entities");
            foreach (var entity in _entities)
            {
                json.WriteStartObject();
                json.WriteString("key", entity.Key);
                json.WriteString("platform", entity.Platform);
                json.WriteMembers(entity.Fields);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
        return _entities.Count <= MaxEntities && json.Length <= MaxBytes
            ? json
            : throw new ArgumentException(
                $"{Id} has {_entities.Count} entities in {json.Length} bytes; a device has at most {MaxEntities} in {MaxBytes}.");
    }

    private sealed record Entity(string Key, string Platform, IReadOnlyDictionary<string, JsonElement> Fields);
}
