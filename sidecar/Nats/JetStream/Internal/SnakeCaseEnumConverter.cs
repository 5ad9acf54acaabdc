using System.Text.Json;
using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Internal;

/// <summary>Writes an enum as the JetStream API spells it: <c>last_per_subject</c>.</summary>
internal sealed class SnakeCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
