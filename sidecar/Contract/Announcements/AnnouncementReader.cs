using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// Reads announcements (docs/devices.md, "Announce"). A wrong device field refuses the whole announcement; a wrong entity or
/// trigger is left out and reported; an unknown field is a warning. What is accepted is written in normal form. An entity or
/// trigger that was accepted before and is wrong now stays as it was.
/// </summary>
public static class AnnouncementReader
{
    /// <summary>The largest announcement, in bytes.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>The most entities of one device.</summary>
    public const int MaxEntities = 1000;

    /// <summary>The schema that this assembly reads and writes.</summary>
    public const int Schema = 1;

    /// <summary>Reads and checks an announcement. Never throws for what a device sent.</summary>
    /// <param name="utf8">The announcement.</param>
    /// <param name="before">
    /// The device's stored description: what is wrong in the announcement stays as it is there. Null: there is none.
    /// </param>
    public static AnnouncementResult Read(ReadOnlySpan<byte> utf8, DeviceDescription? before = null)
    {
        using var document = StrictJson.Parse(utf8, MaxBytes, out var error);
        if (document is null)
        {
            return new AnnouncementResult { Errors = [error!] };
        }

        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return AnnouncementResult.Refused("", AnnounceCodes.InvalidJson, "expected a JSON object");
        }

        var errors = new IssueList();
        var warnings = new IssueList();
        CheckSchema(root, errors);
        CheckIdentity(root, errors);
        var device = new DeviceDraft(root, errors, warnings);
        device.Check();
        var entities = CheckEntitiesMember(root, errors);
        if (errors.Any)
        {
            return new AnnouncementResult
            {
                Named = Named(root), Errors = errors.ToImmutable(), Warnings = warnings.ToImmutable(),
            };
        }

        using var stored = StoredParts.Of(before);
        var patterns = new PatternCheck();
        var listed = EntityReader.ReadAll(entities, stored, patterns, errors, warnings);
        if (JsonFields.Length(root, "entities") == 0)
        {
            warnings.Add(
                "entities",
                AnnounceCodes.NoEntities,
                "the device has none, so Home Assistant shows no value of it; a gateway needs none");
        }

        RepeatedNames.Warn(root, warnings);
        var triggers = TriggerReader.ReadAll(root, listed, stored, errors, warnings);
        var normalised = Normalise(device, listed, triggers);
        if (stored.HasKept && TooLarge(listed, normalised, patterns) is { } tooLarge)
        {
            return AnnouncementResult.Refused("", AnnounceCodes.TooLarge, tooLarge) with { Named = Named(root) };
        }

        return new AnnouncementResult
        {
            Named = Named(root),
            Device = StoredDescription.Read(normalised),
            Accepted = listed.Count(entity => entity is AcceptedEntity),
            Errors = errors.ToImmutable(),
            Warnings = warnings.ToImmutable(),
        };
    }

    /// <summary>What is accepted and what is kept must be within the limits together, or one could grow without end.</summary>
    private static string? TooLarge(List<IListedEntity> listed, byte[] normalised, PatternCheck patterns)
    {
        var found = listed.Count > MaxEntities ? $"{listed.Count} entities; at most {MaxEntities}"
            : normalised.Length > MaxBytes ? $"{normalised.Length} bytes; at most {MaxBytes}"
            : patterns.IsOverfull ? $"more than {PatternCheck.Max} different patterns"
            : null;
        return found is null
            ? null
            : $"with the entities that stay as they were, because their new descriptions are wrong, the device has {found}";
    }

    private static DeviceId? Named(JsonElement root) =>
        DeviceId.TryParse($"{JsonFields.Text(root, "type")}.{JsonFields.Text(root, "id")}", out var id) ? id : null;

    private static void CheckSchema(JsonElement root, IssueList errors)
    {
        if (!root.TryGetProperty("schema", out var schema))
        {
            errors.Add("schema", AnnounceCodes.MissingField, $"schema is missing; expected {Schema}");
        }
        else if (JsonFields.Whole(root, "schema") is not { } number)
        {
            errors.Add("schema", AnnounceCodes.InvalidValue, $"expected {Schema}");
        }
        else if (number != Schema)
        {
            errors.Add("schema", AnnounceCodes.UnsupportedSchema, $"schema {number} is not supported; expected {Schema}");
        }
    }

    private static void CheckIdentity(JsonElement root, IssueList errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["type", "id"])
        {
            if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                errors.Add(name, AnnounceCodes.MissingField, $"{name} is missing; {Token.Expected}");
            }
            else if (value.ValueKind != JsonValueKind.String || !Token.IsValid(value.GetString()))
            {
                errors.Add(name, AnnounceCodes.InvalidValue, Token.Expected);
            }
        }
    }

    private static JsonElement CheckEntitiesMember(JsonElement root, IssueList errors)
    {
        if (!root.TryGetProperty("entities", out var entities) || entities.ValueKind == JsonValueKind.Null)
        {
            // A gateway may have no entities.
            return default;
        }

        if (entities.ValueKind != JsonValueKind.Array)
        {
            errors.Add("entities", AnnounceCodes.InvalidValue, "expected a list of entities");
        }
        else if (entities.GetArrayLength() > MaxEntities)
        {
            errors.Add("entities", AnnounceCodes.TooLarge,
                $"{entities.GetArrayLength()} entities; at most {MaxEntities} a device: use several devices with via_device");
        }

        return entities;
    }

    private static byte[] Normalise(
        DeviceDraft device, IReadOnlyList<IListedEntity> entities, IReadOnlyList<JsonElement> triggers)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var writer = JsonOutput.Writer(output))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schema"u8, Schema);
            device.Write(writer);
            writer.WriteStartArray("entities"u8);
            foreach (var entity in entities)
            {
                entity.Write(writer);
            }

            writer.WriteEndArray();
            TriggerReader.Write(writer, triggers);
            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}
