using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>Who calls: the argument of Hello (contract/protocol.md).</summary>
/// <param name="Name"><c>home_assistant</c>, <c>dashboard</c>, …; at most 100 characters.</param>
/// <param name="Version">The client's own version.</param>
/// <param name="PlatformVersion">Home Assistant's version; null where there is none.</param>
/// <param name="Schema">The schema that it speaks.</param>
/// <param name="Instance">Random per start of the client; names its reports. At most 64 characters of a safe token.</param>
public sealed record HelloRequest(string Name, string Version, string? PlatformVersion, long Schema, string Instance)
{
    /// <summary>The schema that this assembly speaks.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Reads the argument; false with the reason when it has the wrong shape or schema.</summary>
    public static bool TryRead(JsonElement argument, [NotNullWhen(true)] out HelloRequest? hello, [NotNullWhen(false)] out ProtocolError? error)
    {
        hello = null;
        if (ProtocolArguments.Unreadable(argument, "client") is { } unreadable)
        {
            error = unreadable;
            return false;
        }

        var schema = JsonFields.Whole(argument, "schema");
        var name = JsonFields.Text(argument, "name");
        var instance = JsonFields.Text(argument, "instance");
        if (schema is null || string.IsNullOrEmpty(name) || !Identity.Token.IsValid(instance))
        {
            error = new ProtocolError(ProtocolCodes.InvalidValue, "Hello takes {\"name\", \"version\", \"schema\": 1, \"instance\": 1 to 64 of A-Z a-z 0-9 _ -}");
            return false;
        }

        if (schema != CurrentSchema)
        {
            error = new ProtocolError(ProtocolCodes.UnsupportedSchema, $"the server speaks schema {CurrentSchema}, the client {schema}",
                Details: ProtocolArguments.SchemaRange);
            return false;
        }

        error = null;
        hello = new HelloRequest(Bounded.Text(name, 100), Bounded.Text(JsonFields.Text(argument, "version") ?? "", 100),
            JsonFields.Text(argument, "platform_version") is { } platform ? Bounded.Text(platform, 100) : null, schema.Value, instance!);
        return true;
    }
}
