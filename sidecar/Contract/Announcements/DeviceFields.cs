using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>The fields of a device and those that every entity may have, in the order of the normal form.</summary>
internal static class DeviceFields
{
    /// <summary>The longest lease: a year.</summary>
    public const double MaxLeaseSeconds = 31_536_000;

    /// <summary>The most commands that a device may have unanswered.</summary>
    public const int MaxCommands = 1024;

    /// <summary>The entity id that Home Assistant gives the entity when it is new.</summary>
    public const string EntityId = "default_entity_id";

    /// <summary>Home Assistant's DeviceInfo, and what it does not have.</summary>
    public static readonly FieldRule[] Plain =
    [
        Text("name"), TextOrNumber("manufacturer"), TextOrNumber("model"), TextOrNumber("model_id"),
        TextOrNumber("sw_version"), TextOrNumber("hw_version"), TextOrNumber("serial_number"),
        Text("suggested_area"), Text("configuration_url", 2048),
        new() { Name = "max_commands", Kind = FieldKind.Whole, Min = 1, Max = MaxCommands },
    ];

    /// <summary>All that a device may announce, for "did you mean".</summary>
    public static readonly string[] Known =
    [
        "schema", "type", "id", .. Plain.Select(f => f.Name),
        "connections", "via_device", "parent_device", "lease_seconds", "when_offline", "entities", "triggers",
    ];

    /// <summary>What every entity may have beside its platform's own fields.</summary>
    public static readonly FieldRule[] OfEntity =
    [
        new() { Name = "name", Kind = FieldKind.TextOrNull },
        Text("icon", format: TextFormat.Icon),
        new() { Name = "entity_category", Kind = FieldKind.Word, Words = new OptionSet(["config", "diagnostic"]) },
        Flag("enabled_by_default"),
        Flag("visible_by_default"),
        Text("entity_picture", 2048, TextFormat.Picture),
        Text("attribution"),
        Flag("assumed_state"),
        Flag("force_update"),
        new() { Name = "expire_after", Kind = FieldKind.Number, Min = 1 },
        new() { Name = "command_timeout", Kind = FieldKind.Number, Min = 1, Max = 60 },
        Flag("on_demand"),
        Text(EntityId),
    ];

    private static FieldRule Text(string name, int maxLength = 255, TextFormat? format = null) =>
        new() { Name = name, Kind = FieldKind.Text, MaxLength = maxLength, Format = format };

    private static FieldRule TextOrNumber(string name) => new() { Name = name, Kind = FieldKind.Text, TakesNumber = true };

    private static FieldRule Flag(string name) => new() { Name = name, Kind = FieldKind.Flag };
}
