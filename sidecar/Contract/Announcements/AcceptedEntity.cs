using System.Text.Json;
using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>An entity of the description that is stored: an announced one, or one of the description before it.</summary>
internal interface IListedEntity
{
    string Key { get; }

    bool IsEvent { get; }

    /// <summary>The event types of an event entity.</summary>
    IEnumerable<string> EventTypes { get; }

    /// <summary>Writes it in normal form.</summary>
    void Write(Utf8JsonWriter writer);
}

/// <summary>An announced entity that has passed every check.</summary>
internal sealed record AcceptedEntity(string Key, PlatformDefinition Platform, EntityDraft Draft) : IListedEntity
{
    public bool IsEvent => Platform.IsEvent;

    public IEnumerable<string> EventTypes => Draft.Texts("event_types");

    /// <summary>Writes it in normal form: fields in a fixed order, every feature named, Home Assistant's spelling.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, Key);
        writer.WriteString("platform"u8, Platform.Name);
        foreach (var field in DeviceFields.OfEntity)
        {
            if (Draft.Has(field.Name) || (field.Kind == FieldKind.TextOrNull && Draft.Given.TryGetProperty(field.Name, out _)))
            {
                field.Write(writer, Draft.Given.GetProperty(field.Name));
            }
        }

        foreach (var field in Platform.Fields)
        {
            if (!Draft.Has(field.Name))
            {
                continue;
            }

            if (Draft.Corrected.TryGetValue(field.Name, out var corrected))
            {
                writer.WriteString(field.Name, corrected);
            }
            else
            {
                field.Write(writer, Draft.Given.GetProperty(field.Name));
            }
        }

        WriteFeatures(writer);
        writer.WriteEndObject();
    }

    private void WriteFeatures(Utf8JsonWriter writer)
    {
        var named = Draft.Has("supported_features") ? Draft.Texts("supported_features") : Platform.DefaultFeatures;
        var implied = Platform.Fields.Where(f => f.Implies is not null && Draft.Has(f.Name)).Select(f => f.Implies!);
        var all = named.Concat(implied).ToHashSet(StringComparer.Ordinal);
        if (all.Count == 0 && Platform.DefaultFeatures.Length == 0)
        {
            return;
        }

        // An empty list is written where an absent one means a default.
        writer.WriteStartArray("supported_features"u8);
        foreach (var feature in Platform.Features.Where(all.Contains))
        {
            writer.WriteStringValue(feature);
        }

        writer.WriteEndArray();
    }
}
