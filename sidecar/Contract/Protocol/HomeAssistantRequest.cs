using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>What a program on NATS wants of Home Assistant.</summary>
public enum HomeAssistantRequestKind
{
    /// <summary>To call an action.</summary>
    Action,

    /// <summary>A page of all states.</summary>
    States,

    /// <summary>One state.</summary>
    State,
}

/// <summary>
/// A request on <c>home.ha.services.{domain}.{service}</c>, <c>home.ha.states</c> or <c>home.ha.states.{domain}.{object_id}</c>,
/// checked (docs/home-assistant.md, "Home Assistant from NATS").
/// </summary>
public sealed record HomeAssistantRequest
{
    /// <summary>The largest payload that is read, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The most states of a page.</summary>
    public const int MaxStates = 1000;

    private const int MaxAfter = 512;

    private static readonly string[] ActionMembers = ["target", "data", "return_response", "deadline_ms"];
    private static readonly string[] StatesMembers = ["after", "limit", "deadline_ms"];
    private static readonly string[] StateMembers = ["deadline_ms"];

    private HomeAssistantRequest(HomeAssistantRequestKind kind, string name, JsonElement members)
    {
        Kind = kind;
        Name = name;
        Members = members;
        Deadline = JsonFields.Whole(members, "deadline_ms") is { } deadline
            ? TimeSpan.FromMilliseconds(deadline)
            : DefaultDeadline;
    }

    /// <summary>How long a caller waits that does not say.</summary>
    public static TimeSpan DefaultDeadline { get; } = TimeSpan.FromSeconds(10);

    /// <summary>What is wanted.</summary>
    public HomeAssistantRequestKind Kind { get; }

    /// <summary><c>{domain}.{service}</c> of an action, the entity id of one state; empty for all states.</summary>
    public string Name { get; }

    /// <summary>When the caller must have its answer, from the arrival on.</summary>
    public TimeSpan Deadline { get; }

    /// <summary>What a client must offer in Hello to be asked: <c>actions</c> or <c>states</c>.</summary>
    public string Capability => Kind == HomeAssistantRequestKind.Action ? "actions" : "states";

    private JsonElement Members { get; }

    /// <summary>Reads an action; an empty payload has neither target nor data.</summary>
    public static bool TryReadAction(
        string domain, string service, ReadOnlySpan<byte> payload,
        [NotNullWhen(true)] out HomeAssistantRequest? request, [NotNullWhen(false)] out HomeAssistantAnswer? refusal) =>
        TryRead(HomeAssistantRequestKind.Action, $"{domain}.{service}", payload, ActionMembers, out request, out refusal);

    /// <summary>Reads a request for all states.</summary>
    public static bool TryReadStates(
        ReadOnlySpan<byte> payload,
        [NotNullWhen(true)] out HomeAssistantRequest? request, [NotNullWhen(false)] out HomeAssistantAnswer? refusal) =>
        TryRead(HomeAssistantRequestKind.States, "", payload, StatesMembers, out request, out refusal);

    /// <summary>Reads a request for one state.</summary>
    public static bool TryReadState(
        string entityId, ReadOnlySpan<byte> payload,
        [NotNullWhen(true)] out HomeAssistantRequest? request, [NotNullWhen(false)] out HomeAssistantAnswer? refusal) =>
        TryRead(HomeAssistantRequestKind.State, entityId, payload, StateMembers, out request, out refusal);

    /// <summary>What the audit stores of an action: <c>{"target", "data"}</c> without secrets.</summary>
    public JsonElement AuditParams()
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var writer = JsonOutput.Writer(output))
        {
            writer.WriteStartObject();
            foreach (var member in (ReadOnlySpan<string>)["target", "data"])
            {
                if (Member(member) is { } value)
                {
                    writer.WritePropertyName(member);
                    Redactor.Write(writer, value);
                }
            }

            writer.WriteEndObject();
        }

        return JsonElement.Parse(output.WrittenSpan);
    }

    /// <summary>Writes the result of Take (contract/protocol.md).</summary>
    /// <param name="output">Where to.</param>
    /// <param name="left">What is left of the deadline.</param>
    public void WriteTaken(IBufferWriter<byte> output, TimeSpan left)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("kind", Kind switch
        {
            HomeAssistantRequestKind.Action => "action",
            HomeAssistantRequestKind.States => "states",
            _ => "state",
        });
        switch (Kind)
        {
            case HomeAssistantRequestKind.Action:
                var dot = Name.IndexOf('.', StringComparison.Ordinal);
                writer.WriteString("domain", Name[..dot]);
                writer.WriteString("service", Name[(dot + 1)..]);
                Copy(writer, "target");
                Copy(writer, "data");
                writer.WriteBoolean("return_response", JsonFields.Truth(Members, "return_response") ?? false);
                break;
            case HomeAssistantRequestKind.States:
                writer.WriteString("after", JsonFields.Text(Members, "after"));
                writer.WriteNumber("limit", Math.Min(JsonFields.Whole(Members, "limit") ?? MaxStates, MaxStates));
                break;
            default:
                writer.WriteString("entity_id", Name);
                break;
        }

        writer.WriteNumber("deadline_ms", Math.Max(0, (long)left.TotalMilliseconds));
        writer.WriteEndObject();
    }

    private static bool TryRead(
        HomeAssistantRequestKind kind, string name, ReadOnlySpan<byte> payload, string[] members,
        [NotNullWhen(true)] out HomeAssistantRequest? request, [NotNullWhen(false)] out HomeAssistantAnswer? refusal)
    {
        request = null;
        refusal = null;
        if (payload.IsEmpty)
        {
            request = new HomeAssistantRequest(kind, name, default);
            return true;
        }

        using var document = StrictJson.Parse(payload, MaxBytes, out var error);
        if (document is null)
        {
            refusal = HomeAssistantAnswer.Failed(
                error!.Code, error.Path.Length == 0 ? error.Message : $"{error.Path}: {error.Message}");
            return false;
        }

        var root = document.RootElement;
        if (Problem(root, members) is { } problem)
        {
            refusal = HomeAssistantAnswer.Failed(CommandCodes.InvalidParameter, problem);
            return false;
        }

        request = new HomeAssistantRequest(kind, name, root.Clone());
        return true;
    }

    private static string? Problem(JsonElement root, string[] members)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "expected an object";
        }

        foreach (var property in root.EnumerateObject())
        {
            // A misspelt target must not become an action without one.
            if (Array.IndexOf(members, property.Name) < 0)
            {
                return $"{Bounded.Text(property.Name, 64)}: unknown; there are {string.Join(", ", members)}";
            }

            var value = property.Value;
            var expected = value.ValueKind == JsonValueKind.Null ? null : property.Name switch
            {
                "target" or "data" => value.ValueKind == JsonValueKind.Object ? null : "an object",
                "return_response" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
                "after" => value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= MaxAfter
                    ? null
                    : "an entity id",
                "limit" => JsonFields.Whole(root, "limit") is > 0 ? null : "a whole number above 0",
                _ => JsonFields.Whole(root, "deadline_ms") is >= 100 and <= 60_000 ? null : "a whole number from 100 to 60000",
            };
            if (expected is not null)
            {
                return $"{property.Name}: expected {expected}";
            }
        }

        return null;
    }

    private JsonElement? Member(string name) =>
        Members.ValueKind == JsonValueKind.Object && Members.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Object
            ? value
            : null;

    private void Copy(Utf8JsonWriter writer, string name)
    {
        if (Member(name) is { } value)
        {
            value.WriteTo(writer, name);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
