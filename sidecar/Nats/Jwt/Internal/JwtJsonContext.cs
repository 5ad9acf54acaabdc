using System.Text.Json.Serialization;
using NATS.Jwt.Models;

namespace NATS.Jwt.Internal;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JwtHeader))]
[JsonSerializable(typeof(NatsOperatorClaims))]
[JsonSerializable(typeof(NatsAccountClaims))]
[JsonSerializable(typeof(NatsUserClaims))]
[JsonSerializable(typeof(NatsAccountScopedSigningKey))]
internal sealed partial class JwtJsonContext : JsonSerializerContext;
