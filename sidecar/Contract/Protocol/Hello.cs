using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>Who calls: the argument of Hello (contract/protocol.md).</summary>
/// <param name="Name"><c>home_assistant</c>, <c>dashboard</c>, …; at most 100 characters.</param>
/// <param name="Schema">The schema that it speaks.</param>
/// <param name="Instance">Random per start of the client; names its reports. At most 64 characters of a safe token.</param>
/// <param name="Version">The client's own version.</param>
/// <param name="PlatformVersion">Home Assistant's version; null where there is none.</param>
/// <param name="Capabilities">The requests that it answers: <c>actions</c>, <c>states</c>; null: none.</param>
public sealed record HelloRequest(
    string Name, long Schema, string Instance, string Version = "", string? PlatformVersion = null,
    IReadOnlyList<string>? Capabilities = null)
{
    /// <summary>The schema that this assembly speaks.</summary>
    public const int CurrentSchema = 1;

    private const string Shape =
        "{\"name\", \"version\", \"platform_version\", \"schema\": 1, \"instance\": 1 to 64 of the characters A-Z a-z 0-9 _ -, "
        + "\"capabilities\": texts}";

    /// <summary>Reads the argument; false with the reason when it has the wrong shape or schema.</summary>
    public static bool TryRead(
        JsonElement argument, [NotNullWhen(true)] out HelloRequest? hello, [NotNullWhen(false)] out ProtocolError? error)
    {
        if (!ProtocolJson.TryRead(argument, "client", Shape, ProtocolJson.Default.HelloRequest, out hello, out error))
        {
            return false;
        }

        if (hello.Name.Length == 0 || !Token.IsValid(hello.Instance))
        {
            error = new ProtocolError(ProtocolCodes.InvalidValue, $"client: expected {Shape}");
        }
        else if (hello.Schema != CurrentSchema)
        {
            error = new ProtocolError(
                ProtocolCodes.UnsupportedSchema, $"the server speaks schema {CurrentSchema}, the client {hello.Schema}",
                Details: new RawJson("""{"min":1,"max":1}"""u8.ToArray()));
        }

        hello = error is not null ? null : hello with
        {
            Name = Bounded.Text(hello.Name, 100),
            Version = Bounded.Text(hello.Version, 100),
            PlatformVersion = hello.PlatformVersion is { } platform ? Bounded.Text(platform, 100) : null,
        };
        return error is null;
    }
}

/// <summary>The answer to Hello (contract/protocol.md). Written in this order.</summary>
public sealed record HelloResult
{
    /// <summary>The sidecar.</summary>
    public required HelloServer Server { get; init; }

    /// <summary>The home's identity.</summary>
    public required string BridgeId { get; init; }

    /// <summary>The schemas that the server speaks.</summary>
    public HelloSchema Schema { get; } = new(HelloRequest.CurrentSchema, HelloRequest.CurrentSchema);

    /// <summary>What the server can do.</summary>
    public ImmutableArray<string> Capabilities { get; init; } =
        ["commands", "events", "report", "diagnostics", "forget", "publish", "request", "subscribe", "take"];

    /// <summary>Random per start of the sidecar.</summary>
    public required string Epoch { get; init; }

    /// <summary>The sidecar's links.</summary>
    [JsonConverter(typeof(LinksConverter))]
    public required ImmutableArray<LinkState> Links { get; init; }

    /// <summary>Writes the result.</summary>
    public void Write(IBufferWriter<byte> output) => JsonOutput.Write(output, this, ProtocolJson.Default.HelloResult);
}

/// <summary>The name and version of the sidecar.</summary>
public sealed record HelloServer
{
    /// <summary>The program's name.</summary>
    public string Name { get; } = "hanatsbridge";

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }
}

/// <summary>A range of schemas.</summary>
public sealed record HelloSchema(int Min, int Max);
