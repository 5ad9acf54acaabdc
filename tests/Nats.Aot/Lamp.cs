using System.Text.Json.Serialization;

namespace HaNatsBridge.Nats.Aot;

internal sealed record Lamp(string Name, int Brightness);

[JsonSerializable(typeof(Lamp))]
internal sealed partial class LampContext : JsonSerializerContext;
