using System.Text.Json.Serialization;

namespace HaNatsBridge.Contract.Commands;

/// <summary>How commands and their audit records are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CommandEnvelope))]
[JsonSerializable(typeof(AuditRecord))]
internal sealed partial class CommandsJson : JsonSerializerContext;
