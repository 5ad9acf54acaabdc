using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>
/// Reads and writes the messages of the local protocol, except batches: they are written by hand, since a home's states pass
/// through them.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(HelloRequest))]
[JsonSerializable(typeof(HelloResult))]
[JsonSerializable(typeof(ListenRequest))]
[JsonSerializable(typeof(BeginFrame))]
[JsonSerializable(typeof(EndFrame))]
[JsonSerializable(typeof(ByeFrame))]
[JsonSerializable(typeof(CommandResult))]
[JsonSerializable(typeof(ReportResult))]
[JsonSerializable(typeof(ForgetResult))]
[JsonSerializable(typeof(AnswerResult))]
[JsonSerializable(typeof(RequestFrame))]
[JsonSerializable(typeof(FailedResult))]
internal sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>Reads an argument of the hub; false with its path and what would be right when it has another shape.</summary>
    public static bool TryRead<T>(
        JsonElement argument, string name, string shape, JsonTypeInfo<T> type,
        [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out ProtocolError? error)
        where T : class
    {
        value = null;
        error = Unreadable(argument, name);
        if (error is not null)
        {
            return false;
        }

        try
        {
            value = argument.Deserialize(type)!;
            return true;
        }
        catch (JsonException e)
        {
            error = new ProtocolError(ProtocolCodes.InvalidValue, $"{name}{e.Path?.TrimStart('$')}: expected {shape}");
            return false;
        }
    }

    /// <summary>Why an argument cannot be read at all; null when it is an object of valid values.</summary>
    public static ProtocolError? Unreadable(JsonElement argument, string name)
    {
        if (argument.ValueKind != JsonValueKind.Object)
        {
            return new ProtocolError(ProtocolCodes.InvalidValue, $"{name}: expected an object");
        }

        return StrictJson.FirstInvalid(argument, name) is { } found
            ? new ProtocolError(ProtocolCodes.InvalidValue, $"{found.Path}: {found.Message}")
            : null;
    }
}
