using System.Text.Json.Serialization;
using NATS.Client.Services.Models;

namespace NATS.Client.Services.Internal;

/// <summary>The JSON of discovery, source-generated so that the library trims and compiles ahead of time.</summary>
[JsonSerializable(typeof(PingResponse))]
[JsonSerializable(typeof(InfoResponse))]
[JsonSerializable(typeof(StatsResponse))]
internal sealed partial class SvcJsonContext : JsonSerializerContext;
