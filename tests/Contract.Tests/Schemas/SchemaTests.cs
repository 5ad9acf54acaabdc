using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Schemas;

/// <summary>The schemas say the same as the readers, and the same as the fixtures.</summary>
internal sealed class SchemaTests
{
    private static readonly string[] ByShape = ["MISSING_FIELD", "INVALID_VALUE", "UNSUPPORTED_SCHEMA"];
    private readonly SchemaFolder _schemas = new();

    private static IEnumerable<TestCaseData> Drawn => PlatformCatalog.All
        .Select(p => (p.Name, File: $"platforms/{p.Name}.schema.json", Schema: SchemaDrawing.Platform(p)))
        .Append((Name: "announcements", File: "announce.schema.json", Schema: SchemaDrawing.Announce()))
        .Select(s => new TestCaseData(s.File, s.Schema) { TestName = $"The_schema_of_{s.Name}_is_drawn_from_its_definition" });

    [TestCaseSource(nameof(Drawn))]
    public void A_schema_is_drawn_from_its_definition(string name, JsonObject schema)
    {
        if (Fixtures.Write)
        {
            Directory.CreateDirectory(Path.Combine(Fixtures.ContractFolder, "schemas", "platforms"));
            Fixtures.Save("../schemas/" + name, schema);
        }

        Fixtures.Text(schema).ShouldBe(Fixtures.Text(Fixtures.Json("../schemas/" + name)));
    }

    [Test]
    public void Every_announcement_fits_its_schema_unless_it_is_wrong()
    {
        foreach (var name in Fixtures.Names("announce"))
        {
            var expected = Fixtures.Json("announce/" + Path.ChangeExtension(name, ".expected.json"));
            Fits("announce-reply.schema.json", expected["reply"], name);
            if (expected["normalised"] is { } normalised)
            {
                Fits("announce.schema.json", normalised, name);
            }

            var errors = expected["reply"]!["errors"]?.AsArray();
            if (errors is null)
            {
                Fits("announce.schema.json", Fixtures.Json("announce/" + name), name);
            }
            else if (!(bool)expected["reply"]!["ok"]! && errors.All(e => ByShape.Contains((string)e!["code"]!)))
            {
                _schemas.Refuse("announce.schema.json", Fixtures.Json("announce/" + name)).ShouldNotBeNull(name);
            }
        }
    }

    [Test]
    public void Every_state_fits_the_schema_of_its_platform_before_and_after()
    {
        foreach (var (name, test, schema) in Cases("states", "state"))
        {
            if (test["value"] is not null || test["problems"] is null)
            {
                Fits(schema, test["value"], name);
            }

            if (test["problems"] is null)
            {
                if (Parse(test) is { } payload)
                {
                    Fits(schema, payload, name);
                }
            }
        }
    }

    [Test]
    public void Every_command_fits_the_schema_of_its_platform()
    {
        foreach (var (name, test, schema) in Cases("commands", "command"))
        {
            var command = new JsonObject
            {
                ["action"] = test["action"]!.DeepClone(),
                ["params"] = test["params"]?.DeepClone() ?? new JsonObject(),
            };
            var message = (string?)test["problem"]?["message"] ?? "";
            if (test["problem"] is null)
            {
                Fits(schema, command, name);
            }
            else if ((string?)test["action"] == CommandActions.GetImage)
            {
                // A schema of a platform does not know whether the description says on_demand.
            }
            else if (message.Contains("has no", StringComparison.Ordinal)
                || message.EndsWith("is missing", StringComparison.Ordinal))
            {
                _schemas.Refuse(schema, command).ShouldNotBeNull(Fixtures.Text(test));
            }
        }
    }

    [Test]
    public void Every_frame_and_every_argument_fits_the_protocols_schema()
    {
        foreach (var name in Fixtures.Names("protocol"))
        {
            var fixture = Fixtures.Json("protocol/" + name);
            var id = Path.GetFileNameWithoutExtension(name);
            switch ((string?)fixture["from"])
            {
                case "server":
                    Fits($"protocol.schema.json#/$defs/{ServerDefinition(id)}", fixture["json"], name);
                    break;
                case "client":
                    Fits($"protocol.schema.json#/$defs/{string.Join('.', id.Split('.').Take(2))}", fixture["arguments"], name);
                    break;
            }
        }
    }

    [Test]
    public void What_the_protocol_refuses_for_its_shape_does_not_fit_its_schema()
    {
        foreach (var test in Fixtures.Json("protocol/invalid_arguments.json")["cases"]!.AsArray())
        {
            if ((string)test!["code"]! != "UNSUPPORTED_SCHEMA")
            {
                var schema = $"protocol.schema.json#/$defs/{((string)test["call"]!).ToLowerInvariant()}.arguments";
                _schemas.Refuse(schema, test["arguments"]).ShouldNotBeNull(Fixtures.Text(test));
            }
        }
    }

    [Test]
    public void Events_health_and_replies_fit_their_schemas()
    {
        foreach (var (test, json) in Payloads("events/doorbell.json").Where(t => t.Test["expect"]!["problem"] is null))
        {
            Fits("event.schema.json", json, Fixtures.Text(test));
        }

        foreach (var (test, json) in Payloads("health/reports.json").Where(t => t.Test["expect"]!["status"] is not null))
        {
            Fits("health.schema.json", json, Fixtures.Text(test));
        }

        foreach (var (test, json) in Payloads("replies/done.json"))
        {
            Fits("command-reply.schema.json", json, Fixtures.Text(test));
        }

        foreach (var (test, json) in Payloads("replies/rubbish.json").Where(t => !(bool)t.Test["status_header"]!))
        {
            _schemas.Refuse("command-reply.schema.json", json).ShouldNotBeNull(Fixtures.Text(test));
        }
    }

    private static string ServerDefinition(string id) => id switch
    {
        _ when id.StartsWith("frame", StringComparison.Ordinal) => "frame",
        "command.result.error" => "command.result",
        _ when id.Contains("error", StringComparison.Ordinal) || id == "not_ready" => "failed",
        _ => string.Join('.', id.Split('.').Take(2)),
    };

    private static IEnumerable<(string Name, JsonNode Test, string Schema)> Cases(string kind, string definition) =>
        from name in Fixtures.OfPlatforms(kind)
        let fixture = Fixtures.Json(name)
        let schema = $"platforms/{fixture["description"]!["platform"]}.schema.json#/$defs/{definition}"
        from test in fixture["cases"]!.AsArray()
        select ($"{name}: {Fixtures.Text(test)}", test, schema);

    /// <summary>The cases of a fixture whose payload is JSON.</summary>
    private static IEnumerable<(JsonNode Test, JsonNode Json)> Payloads(string fixture) =>
        from test in Fixtures.Json(fixture)["cases"]!.AsArray()
        let json = Parse(test)
        where json is not null
        select (test, json);

    /// <summary>The payload where it is JSON that every parser accepts; else null.</summary>
    private static JsonNode? Parse(JsonNode test)
    {
        var payload = Fixtures.Payload(test);
        using var document = StrictJson.Parse(payload, int.MaxValue, out _);
        return document is null ? null : JsonNode.Parse(payload);
    }

    private void Fits(string schema, JsonNode? value, string what) =>
        _schemas.Refuse(schema, value).ShouldBeNull($"{what}\n{Fixtures.Text(value)}");
}
