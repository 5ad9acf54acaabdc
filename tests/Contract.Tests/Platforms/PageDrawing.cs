using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Tests.Platforms;

/// <summary>
/// Draws a platform's reference page from its definition and its example, so that the page cannot be out of date.
/// </summary>
internal static class PageDrawing
{
    private const int Width = 128;

    private const string LeftOut =
        "A wrong member is left out, an object without a required one as a whole; the device's diagnostics show both.";

    private static readonly JsonSerializerOptions Pretty = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true,
    };

    private static readonly EntityRules NoRules = new(PlatformCatalog.Find("switch")!, 0, new object?[1]);

    public static string Page(PlatformDefinition platform, JsonNode example)
    {
        var page = new StringBuilder();
        page.AppendLine(CultureInfo.InvariantCulture, $"# {platform.Name}").AppendLine();
        Paragraph(page, (string)example["about"]!);
        Picture(page, platform.Name);
        page.AppendLine("Common fields, subjects and rules are in [devices.md](../devices.md).").AppendLine();
        Json(page, "Announcement", example["announcement"]!);
        Fields(page, platform);
        State(page, platform);
        Actions(page, platform);
        Steps(page, example);
        return page.ToString().ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
    }

    /// <summary>Its dialog, light or dark as the reader's page (tests/end_to_end/test_every_platform.py).</summary>
    private static void Picture(StringBuilder page, string platform) => page.Append(
        CultureInfo.InvariantCulture,
        $"""
        <picture>
          <source media="(prefers-color-scheme: dark)" srcset="../images/platforms/{platform}-dark.webp">
          <img src="../images/platforms/{platform}-light.webp" width="320" alt="The dialog of the entity">
        </picture>


        """);

    /// <summary>The list of all pages.</summary>
    public static string Index(IEnumerable<(string Platform, string About)> pages)
    {
        var index = new StringBuilder("# Platforms\n\n");
        index.Append("One page for each of Home Assistant's platforms that a device can offer.\n\n");
        index.Append("| platform | example |\n| --- | --- |\n");
        foreach (var (platform, about) in pages)
        {
            index.Append(CultureInfo.InvariantCulture, $"| [{platform}]({platform}.md) | {about} |\n");
        }

        return index.ToString();
    }

    /// <summary>The page about devices with the table of all platforms between its two marks.</summary>
    public static string Devices(string page)
    {
        const string end = "<!-- end of platforms -->";
        var begin = page.IndexOf('\n', page.IndexOf("<!-- platforms", StringComparison.Ordinal)) + 1;
        var table = new StringBuilder("| platform | required fields | state | actions |\n| --- | --- | --- | --- |\n");
        foreach (var platform in PlatformCatalog.All.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            Row(
                table,
                $"[{platform.Name}](platforms/{platform.Name}.md)",
                Words(platform.Fields.Where(f => f.Required).Select(f => f.Name)),
                platform.Name == "sensor" ? "text, number, time, day or option"
                : platform.State is { } state ? Value(state) : platform.IsEvent ? "events" : "none",
                Words(platform.Actions.Select(a => a.Name)));
        }

        var drawn = table.ToString().ReplaceLineEndings("\n");
        return page[..begin] + "\n" + drawn + "\n" + page[page.IndexOf(end, StringComparison.Ordinal)..];
    }

    private static void Fields(StringBuilder page, PlatformDefinition platform)
    {
        page.AppendLine("## Description").AppendLine();
        if (platform.Fields.Count == 0)
        {
            page.AppendLine("It has no fields of its own.").AppendLine();
        }
        else
        {
            page.AppendLine("| field | value | note |").AppendLine("| --- | --- | --- |");
            foreach (var field in platform.Fields)
            {
                var note = field.Required ? "required" : field.Implies is { } implied ? $"implies `{implied}`" : "";
                Row(page, $"`{field.Name}`", Value(field), note);
            }

            page.AppendLine();
        }

        if (platform.Features.Count > 0)
        {
            Paragraph(page, $"`supported_features`: {Words(platform.Features)}.");
            if (platform.DefaultFeatures.Length > 0)
            {
                Paragraph(page, $"Without `supported_features` it has {Words(platform.DefaultFeatures)}.");
            }
        }
    }

    private static void State(StringBuilder page, PlatformDefinition platform)
    {
        page.AppendLine("## State").AppendLine();
        if (platform.State is { } state)
        {
            Paragraph(page, $"`state`: {Value(state)}.");
        }
        else
        {
            page.AppendLine(platform.IsEvent ? "It has no state; it has events." : "It has no state.").AppendLine();
        }

        var ofEvents = platform.EventAttributesOf(new EntityRules(platform, 0, new object?[platform.Fields.Count]));
        if (ofEvents.Count > 0)
        {
            page.AppendLine("| attribute of an event | value |").AppendLine("| --- | --- |");
            foreach (var attribute in ofEvents)
            {
                Row(page, $"`{attribute.Name}`{(attribute.Required ? " (required)" : "")}", Value(attribute.Rule));
            }

            page.AppendLine();
        }

        if (platform.Attributes.Count > 0)
        {
            page.AppendLine("| attribute | value |").AppendLine("| --- | --- |");
            foreach (var attribute in platform.Attributes)
            {
                Row(page, $"`{attribute.Name}`", Value(attribute.Rule));
            }

            page.AppendLine();
            foreach (var attribute in platform.Attributes)
            {
                if (attribute.Rule is RecordsRule records)
                {
                    Records(
                        page,
                        $"Each object of `{attribute.Name}`. {LeftOut} The list is no attribute in Home Assistant, so only the "
                        + "message limits its length: 64 KiB.",
                        records);
                }
            }
        }
    }

    private static void Records(StringBuilder page, string about, RecordsRule records)
    {
        Paragraph(page, about);
        page.AppendLine("| member | value | note |").AppendLine("| --- | --- | --- |");
        foreach (var member in records.Members)
        {
            var note = member.Required ? "required"
                : member.Default is { } byDefault ? $"default `{Encoding.UTF8.GetString(byDefault).Trim('"')}`" : "";
            Row(page, $"`{member.Name}`", Value(member.Rule), note);
        }

        page.AppendLine();
    }

    private static void Actions(StringBuilder page, PlatformDefinition platform)
    {
        page.AppendLine("## Actions").AppendLine();
        var hasPicture = PictureTypes.Platforms.Contains(platform.Name);
        if (platform.Actions.Count == 0 && !hasPicture)
        {
            page.AppendLine("It takes no commands.").AppendLine();
            return;
        }

        page.AppendLine("| action | params | needs |").AppendLine("| --- | --- | --- |");
        foreach (var action in platform.Actions)
        {
            var parameters = action.Params.Select(p =>
                $"`{p.Name}`{(p.Required ? " (required)" : "")}: {Value(p.Rule)}{Needs(p)}");
            Row(page, $"`{action.Name}`", string.Join("<br>", parameters), Words(action.Features, " or "));
        }

        if (hasPicture)
        {
            Row(page, $"`{CommandActions.GetImage}`", "", "`on_demand`; the answer is the bytes of the picture");
        }

        page.AppendLine();
        foreach (var action in platform.Actions)
        {
            if (action.Response is { } response)
            {
                Records(
                    page,
                    $"The answer to `{action.Name}` is `{{\"ok\": true, \"response\": {{\"{response.List}\": […]}}}}` with at "
                    + $"most {RecordsRule.MaxRecords} objects. {LeftOut} Without the list the person reads that the "
                    + "answer cannot be read.",
                    response.Records);
            }

            if (action.Answer is { } answer)
            {
                page.AppendLine($"The answer to `{action.Name}` is `{{\"ok\": true, \"response\": {answer}}}`.").AppendLine();
            }
        }
    }

    private static void Steps(StringBuilder page, JsonNode example)
    {
        page.AppendLine("## Example").AppendLine();
        var announcement = example["announcement"]!;
        var subject = $"home.devices.{announcement["type"]}.{announcement["id"]}";
        foreach (var step in example["steps"]!.AsArray().Select(s => s!))
        {
            if (step["receives"] is { } command)
            {
                page.AppendLine(step["call"] is { } call
                    ? $"`{call}` in Home Assistant arrives as a request on `{subject}.set`:"
                    : $"When somebody looks at the picture, a request arrives on `{subject}.set`:").AppendLine();
                Json(page, null, new JsonObject
                {
                    ["entity"] = step["on"]!.DeepClone(), ["action"] = command["action"]!.DeepClone(),
                    ["params"] = command["params"]!.DeepClone(),
                });
            }

            Messages(page, step["publish"], $"The device publishes on `{subject}.state.{{0}}`:");
            Messages(page, step["event"], $"The device publishes on `{subject}.event.{{0}}`:");
            foreach (var (key, picture) in step["image"]?.AsObject() ?? [])
            {
                var header = $"`Content-Type: {picture!["content_type"]}`";
                var topic = $"`{subject}.image.{key}`";
                Paragraph(page, $"The device publishes the bytes of a picture on {topic}, with the header {header}.");
            }

            if (step["answers"]?["image"] is not null)
            {
                Paragraph(page, "It answers with the bytes of the picture.");
            }
            else if (step["receives"] is not null)
            {
                page.AppendLine("It answers:").AppendLine();
                Json(page, null, step["answers"] ?? new JsonObject { ["ok"] = true });
            }
        }
    }

    private static void Messages(StringBuilder page, JsonNode? messages, string format)
    {
        foreach (var (key, payload) in messages?.AsObject() ?? [])
        {
            page.AppendLine(string.Format(CultureInfo.InvariantCulture, format, key)).AppendLine();
            Json(page, null, payload!);
        }
    }

    private static void Json(StringBuilder page, string? title, JsonNode json)
    {
        if (title is not null)
        {
            page.AppendLine($"## {title}").AppendLine();
        }

        page.AppendLine("```json").AppendLine(json.ToJsonString(Pretty)).AppendLine("```").AppendLine();
    }

    private static void Paragraph(StringBuilder page, string text)
    {
        var column = 0;
        foreach (var word in text.Split(' '))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                page.AppendLine();
                column = 0;
            }

            page.Append(column > 0 ? " " : "").Append(word);
            column += word.Length + (column > 0 ? 1 : 0);
        }

        page.AppendLine().AppendLine();
    }

    private static void Row(StringBuilder page, params string[] cells) =>
        page.AppendLine("| " + string.Join(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))) + " |");

    private static string Needs(ParamRule param) => (param.Feature, param.DeclaredField) switch
    {
        ({ } feature, _) => $"; needs `{feature}`",
        (_, { } field) => $"; needs {Words(param.DeclaredWords, " or ")} in `{field.Name}`",
        _ => "",
    };

    private static string Value(FieldRule field) => field.Kind switch
    {
        FieldKind.Flag => "true or false",
        FieldKind.Number => "number" + Limits(field.Positive ? null : field.Min, field.Max) + (field.Positive ? " above 0" : ""),
        FieldKind.Whole => "whole number" + Limits(field.Min, field.Max),
        FieldKind.Word => Words(field.Words!.Words, ", "),
        FieldKind.Words => "list of " + Words(field.Words!.Words),
        FieldKind.Texts => "list of texts",
        FieldKind.Objects => "list of objects: "
            + string.Join(", ", field.Members.Select(m => $"`{m.Name}` ({Value(m)}{(m.Required ? ", required" : "")})")),
        FieldKind.Ranges => "list of pairs of whole numbers: lowest and highest",
        FieldKind.Pattern => "regular expression",
        FieldKind.TextOrNull => "text or null",
        FieldKind.Text => "text",
        _ => throw new NotSupportedException($"no text for {field.Kind}"),
    };

    private static string Value(ValueRule rule) => rule switch
    {
        OnOffRule => "`on`, `off`, true or false",
        BooleanRule => "true or false",
        NumberRule number => (number.Whole ? "whole number" : "number") + Between(number),
        WordRule { Words: { } words } => Words(words.Words),
        WordRule { Field: { } field, Always: { } always } => $"one of `{field.Name}`, or {Words(always.Words)}",
        WordRule { Field: { } field } => $"one of `{field.Name}`",
        ListRule list => $"list, each {Value(list.Item)}",
        RecordsRule records => $"list of at most {RecordsRule.MaxRecords} objects; see below",
        EitherRule either => $"{Value(either.First)}, or {Value(either.Second)}",
        ClearableRule clearable => $"{Value(clearable.Rule)}, or null to clear it",
        StructureRule => "object or list",
        TextRule { Format: { } format } => format.Expected,
        TextRule => "text",
        TupleRule tuple => $"list of {tuple.Items.Count} numbers: {string.Join(", ", tuple.Items.Select(i => Value(i)))}",
        TimeRule or LastResetRule => "time (ISO 8601 with offset)",
        DateRule => "date (`YYYY-MM-DD`)",
        TimeOfDayRule => "time of day (`HH:MM:SS`)",
        _ => rule.Expected(NoRules),
    };

    private static string Between(NumberRule number) => (number.MinField, number.MaxField) switch
    {
        ({ } min, { } max) => $" from `{min.Name}` to `{max.Name}`",
        _ => Limits(number.Min, number.Max),
    };

    private static string Limits(double? min, double? max) =>
        (min is > -1e15 ? min : null, max is < 1e15 ? max : null) switch
        {
            ({ } from, { } to) => string.Create(CultureInfo.InvariantCulture, $" from {from} to {to}"),
            ({ } from, null) => string.Create(CultureInfo.InvariantCulture, $" of at least {from}"),
            (null, { } to) => string.Create(CultureInfo.InvariantCulture, $" of at most {to}"),
            _ => "",
        };

    private static string Words(IEnumerable<string> words, string separator = ", ") =>
        string.Join(separator, words.Select(w => $"`{w}`"));
}
