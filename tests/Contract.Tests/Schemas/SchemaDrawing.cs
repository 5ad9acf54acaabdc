using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Tests.Schemas;

/// <summary>Draws JSON Schemas from the definitions that the readers use, so that the two cannot differ.</summary>
internal static class SchemaDrawing
{
    private const string Dialect = "https://json-schema.org/draft/2020-12/schema";
    private const string Token = "^[A-Za-z0-9_-]{1,64}$";
    private const string Reference = "^[A-Za-z0-9_-]{1,64}\\.[A-Za-z0-9_-]{1,64}$";

    public static JsonObject Announce()
    {
        var properties = new JsonObject
        {
            ["schema"] = new JsonObject { ["const"] = 1 },
            ["type"] = Text(Token),
            ["id"] = Text(Token),
        };
        foreach (var field in DeviceFields.Plain)
        {
            properties[field.Name] = OrNull(Field(field));
        }

        properties["configuration_url"] = OrNull(
            new JsonObject { ["type"] = "string", ["maxLength"] = 2048, ["pattern"] = "^(http|https|homeassistant)://." });
        properties["connections"] = OrNull(List(new JsonObject
        {
            ["type"] = "array", ["minItems"] = 2, ["maxItems"] = 2,
            ["items"] = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 255 },
        }, 0, 20));
        properties["via_device"] = OrNull(Text(Reference));
        properties["parent_device"] = OrNull(Text(Reference));
        properties["lease_seconds"] = OrNull(new JsonObject
        {
            ["anyOf"] = new JsonArray(
                new JsonObject { ["const"] = 0 },
                new JsonObject { ["type"] = "number", ["minimum"] = 1, ["maximum"] = DeviceFields.MaxLeaseSeconds }),
        });
        properties["when_offline"] = OrNull(Words(["unavailable", "assumed"]));
        properties["entities"] = OrNull(List(Entity(), 0, AnnouncementReader.MaxEntities));
        properties["triggers"] = OrNull(List(Trigger(), 0, 200));
        return new JsonObject
        {
            ["$schema"] = Dialect,
            ["title"] = "An announcement, and in normal form a stored description",
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray("schema", "type", "id"),
        };
    }

    public static JsonObject Platform(PlatformDefinition platform) => new()
    {
        ["$schema"] = Dialect,
        ["title"] = $"Home Assistant's {platform.Name}: "
            + "$defs/description in an announcement, $defs/state on .state, $defs/command on .set",
        ["$defs"] = new JsonObject
        {
            ["description"] = Description(platform),
            ["state"] = State(platform),
            ["command"] = Command(platform),
        },
    };

    private static JsonObject Entity()
    {
        var branches = PlatformCatalog.Names.Order(StringComparer.Ordinal).Select(name => (JsonNode)new JsonObject
        {
            ["if"] = new JsonObject { ["properties"] = new JsonObject { ["platform"] = new JsonObject { ["const"] = name } } },
            ["then"] = new JsonObject { ["$ref"] = $"platforms/{name}.schema.json#/$defs/description" },
        });
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["platform"] = Words(PlatformCatalog.Names.Order(StringComparer.Ordinal)) },
            ["required"] = new JsonArray("key", "platform"),
            ["allOf"] = new JsonArray([.. branches]),
        };
    }

    private static JsonObject Trigger()
    {
        var text = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 255 };
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["type"] = text, ["subtype"] = OrNull(text.DeepClone()),
                ["key"] = text.DeepClone(), ["event_type"] = text.DeepClone(),
            },
            ["required"] = new JsonArray("type", "key", "event_type"),
        };
    }

    private static JsonObject Description(PlatformDefinition platform)
    {
        var properties = new JsonObject { ["key"] = Text(Token), ["platform"] = new JsonObject { ["const"] = platform.Name } };
        var required = new JsonArray("key", "platform");
        foreach (var field in DeviceFields.OfEntity.Concat(platform.Fields))
        {
            properties[field.Name] = field.Required ? Field(field) : OrNull(Field(field));
            if (field.Required)
            {
                required.Add((JsonNode)field.Name);
            }
        }

        if (platform.RefusesConfigCategory)
        {
            properties["entity_category"] = OrNull(Words(["diagnostic"]));
        }

        if (platform.Features.Count > 0)
        {
            properties["supported_features"] = OrNull(List(Words(platform.Features), 0, FieldRule.MaxItems));
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required };
    }

    private static JsonObject State(PlatformDefinition platform)
    {
        if (platform.State is null)
        {
            return Nothing("it has no state");
        }

        var scalar = new JsonObject
        {
            ["anyOf"] = new JsonArray(
                new JsonObject { ["enum"] = new JsonArray(null, "unknown", "unavailable") },
                platform.Name == "sensor"
                    ? new JsonObject { ["type"] = new JsonArray("string", "number") }
                    : Value(platform.State)),
        };
        var properties = new JsonObject { ["state"] = scalar };
        foreach (var attribute in platform.Attributes)
        {
            properties[attribute.Name] = OrNull(Value(attribute.Rule));
        }

        return new JsonObject
        {
            ["anyOf"] = new JsonArray(
                scalar.DeepClone(),
                new JsonObject
                {
                    ["type"] = "object", ["properties"] = properties,
                    ["propertyNames"] = new JsonObject { ["minLength"] = 1, ["maxLength"] = 255 },
                }),
        };
    }

    private static JsonObject Command(PlatformDefinition platform)
    {
        // A picture is requested by no service of Home Assistant.
        ActionRule[] requests = PictureTypes.Platforms.Contains(platform.Name) ? [new ActionRule(CommandActions.GetImage)] : [];
        if (platform.Actions.Count + requests.Length == 0)
        {
            return Nothing("it takes no commands");
        }

        var actions = platform.Actions.Concat(requests).Select(action =>
        {
            var properties = new JsonObject();
            var required = new JsonArray();
            foreach (var param in action.Params)
            {
                properties[param.Name] = Value(param.Rule, strict: true);
                if (param.Required)
                {
                    required.Add((JsonNode)param.Name);
                }
            }

            return (JsonNode)new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["action"] = new JsonObject { ["const"] = action.Name },
                    ["params"] = new JsonObject
                    {
                        ["type"] = "object", ["properties"] = properties, ["required"] = required,
                        ["additionalProperties"] = false,
                    },
                },
                ["required"] = new JsonArray("action", "params"),
            };
        });
        return new JsonObject { ["anyOf"] = new JsonArray([.. actions]) };
    }

    private static JsonObject Field(FieldRule field) => field.Kind switch
    {
        FieldKind.Flag => new JsonObject { ["type"] = "boolean" },
        FieldKind.Number => Limits(new JsonObject { ["type"] = "number" }, field),
        FieldKind.Whole => Limits(new JsonObject { ["type"] = "integer" }, field),
        FieldKind.Word when field.AnyCase => InAnyCase(field.Words!.Words),
        FieldKind.Word => Words(field.Words!.Words),
        FieldKind.Words => List(Words(field.Words!.Words), field.AtLeastOne ? 1 : 0, FieldRule.MaxItems),
        FieldKind.Texts => List(
            new JsonObject { ["type"] = "string", ["maxLength"] = field.MaxLength }, 0, FieldRule.MaxItems, unique: true),
        FieldKind.Objects => List(
            new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject(field.Members.Select(m =>
                    KeyValuePair.Create<string, JsonNode?>(m.Name, m.Required ? Field(m) : OrNull(Field(m))))),
                ["required"] = new JsonArray([.. field.Members.Where(m => m.Required).Select(m => (JsonNode)m.Name)]),
            },
            0,
            FieldRule.MaxItems),
        FieldKind.Ranges => List(
            List(new JsonObject { ["type"] = "integer", ["minimum"] = field.Min }, 2, 2), 1, FieldRule.MaxItems),
        FieldKind.TextOrNull => new JsonObject { ["type"] = new JsonArray("string", "null"), ["maxLength"] = field.MaxLength },
        _ when field.TakesNumber => new JsonObject
        {
            ["type"] = new JsonArray("string", "number"), ["maxLength"] = field.MaxLength,
        },
        _ when field.Format is { } format => new JsonObject
        {
            ["type"] = "string", ["maxLength"] = field.MaxLength, ["pattern"] = format.Pattern,
        },
        _ => new JsonObject { ["type"] = "string", ["maxLength"] = field.MaxLength },
    };

    private static JsonObject Value(ValueRule rule, bool strict = false) => rule switch
    {
        OnOffRule => new JsonObject { ["anyOf"] = new JsonArray(
            new JsonObject { ["enum"] = new JsonArray("on", "off", "true", "false", true, false) }, Text("[A-Z]")) },
        BooleanRule when strict => new JsonObject { ["type"] = "boolean" },
        BooleanRule => Value(new OnOffRule()),
        NumberRule number => Number(number, strict),
        WordRule { Words: { } words, Always: null } => strict ? Words(words.Words) : InAnyCase(words.Words),
        TextRule { Format: { } format } formatted => new JsonObject
        {
            ["type"] = "string", ["maxLength"] = formatted.Max, ["pattern"] = format.Pattern,
        },
        TextRule text when strict => new JsonObject { ["type"] = "string", ["maxLength"] = text.Max },
        WordRule when strict => new JsonObject { ["type"] = "string", ["maxLength"] = TextRule.MaxState },
        TextRule text => new JsonObject { ["type"] = new JsonArray("string", "number"), ["maxLength"] = text.Max },
        WordRule => new JsonObject { ["type"] = new JsonArray("string", "number"), ["maxLength"] = TextRule.MaxState },
        TupleRule tuple => new JsonObject
        {
            ["type"] = "array", ["prefixItems"] = new JsonArray([.. tuple.Items.Select(i => Number(i, strict, isText: false))]),
            ["minItems"] = tuple.Items.Count, ["maxItems"] = tuple.Items.Count,
        },
        ListRule list => List(Value(list.Item, strict), list.Min, list.Max),
        RecordsRule records => Records(records),
        EitherRule either => new JsonObject
        {
            ["anyOf"] = new JsonArray(Value(either.First, strict), Value(either.Second, strict)),
        },
        ClearableRule clearable => OrNull(Value(clearable.Rule, strict)),
        StructureRule => new JsonObject { ["type"] = new JsonArray("object", "array") },
        TimeRule or LastResetRule => Text(@"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}(:?\d{2})?)$"),
        TimeOfDayRule => Text(@"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"),
        DateRule => Text(@"^\d{4}-\d{2}-\d{2}$"),
        _ => throw new NotSupportedException($"no schema for {rule.GetType().Name}"),
    };

    private static JsonObject Records(RecordsRule records) => List(
        new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(records.Members.Select(m =>
                KeyValuePair.Create<string, JsonNode?>(m.Name, m.Required ? Value(m.Rule) : OrNull(Value(m.Rule))))),
            ["required"] = new JsonArray([.. records.Members.Where(m => m.Required).Select(m => (JsonNode)m.Name)]),
        },
        0,
        RecordsRule.MaxRecords);

    private static JsonObject Number(NumberRule rule, bool strict, bool isText = true)
    {
        // A state is rounded.
        var rounded = rule.Whole && !strict;
        var number = new JsonObject { ["type"] = rule.Whole && strict ? "integer" : "number" };
        if (rule.Min is { } min && rule.MinField is null)
        {
            number[rounded ? "exclusiveMinimum" : "minimum"] = rounded ? min - 0.5 : min;
        }

        if (rule.Max is { } max && rule.MaxField is null)
        {
            number[rounded ? "exclusiveMaximum" : "maximum"] = rounded ? max + 0.5 : max;
        }

        return strict || !isText
            ? number
            : new JsonObject { ["anyOf"] = new JsonArray(number, Text(@"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$")) };
    }

    private static JsonObject Limits(JsonObject number, FieldRule field)
    {
        if (field.Positive)
        {
            number["exclusiveMinimum"] = 0;
        }
        else if (field.Min > double.MinValue)
        {
            number["minimum"] = field.Min;
        }

        if (field.Max < double.MaxValue)
        {
            number["maximum"] = field.Max;
        }

        return number;
    }

    private static JsonObject Nothing(string why) => new() { ["not"] = new JsonObject(), ["description"] = why };

    private static JsonObject Words(IEnumerable<string> words) =>
        new() { ["enum"] = new JsonArray([.. words.Select(w => (JsonNode)w)]) };

    /// <summary>The words, and what is spelled with other letters, which the reader compares with them.</summary>
    private static JsonObject InAnyCase(IReadOnlyCollection<string> words) =>
        new() { ["anyOf"] = new JsonArray(Words(words), Text(words.Any(w => w.Any(char.IsUpper)) ? "[A-Za-z]" : "[A-Z]")) };

    private static JsonObject Text(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject OrNull(JsonNode schema) =>
        new() { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };

    private static JsonObject List(JsonNode items, int min, int max, bool unique = false)
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = items, ["minItems"] = min, ["maxItems"] = max };
        if (unique)
        {
            list["uniqueItems"] = true;
        }

        return list;
    }
}
