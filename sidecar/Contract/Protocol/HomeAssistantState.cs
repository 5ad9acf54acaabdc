using System.Text.Json;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>
/// A state of Home Assistant's as programs on NATS read it: without secrets (contract/README.md, "Secrets"). A camera's
/// attributes hold the token that opens its pictures.
/// </summary>
internal static class HomeAssistantState
{
    /// <summary>Writes the members that are present, in this order.</summary>
    public static void Write(Utf8JsonWriter writer, JsonElement state, ReadOnlySpan<string> members)
    {
        var hidesState = IsSecret(state);
        writer.WriteStartObject();
        foreach (var member in members)
        {
            if (!state.TryGetProperty(member, out var value))
            {
                continue;
            }

            writer.WritePropertyName(member);
            switch (member)
            {
                case "attributes":
                    Redactor.Write(writer, value);
                    break;
                case "state" or "previous" when hidesState && TellsSomething(value):
                    writer.WriteStringValue(Redactor.Mask);
                    break;
                default:
                    value.WriteTo(writer);
                    break;
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>A text of mode <c>password</c>, or one with the name of a secret.</summary>
    private static bool IsSecret(JsonElement state)
    {
        var entity = JsonFields.Text(state, "entity_id") ?? "";
        var dot = entity.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && entity[..dot] is ("text" or "input_text")
            && ((state.TryGetProperty("attributes", out var attributes) && JsonFields.Text(attributes, "mode") == "password")
                || SecretNames.Contains(entity[(dot + 1)..]));
    }

    private static bool TellsSomething(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is not ("unknown" or "unavailable");
}
