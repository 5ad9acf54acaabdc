using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>What the readers of the hub's arguments have in common.</summary>
internal static class ProtocolArguments
{
    /// <summary>The details of UNSUPPORTED_SCHEMA.</summary>
    public static RawJson SchemaRange { get; } = new("""{"min":1,"max":1}"""u8.ToArray());

    /// <summary>Why an argument cannot be read at all; null when it is an object of sound values.</summary>
    public static ProtocolError? Unreadable(JsonElement argument, string what)
    {
        if (argument.ValueKind != JsonValueKind.Object)
        {
            return new ProtocolError(ProtocolCodes.InvalidValue, $"{what}: expected an object");
        }

        return StrictJson.FirstUnsound(argument, what) is { } found
            ? new ProtocolError(ProtocolCodes.InvalidValue, $"{found.Path}: {found.Message}")
            : null;
    }
}
