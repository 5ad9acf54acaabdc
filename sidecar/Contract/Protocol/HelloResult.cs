using System.Buffers;
using System.Collections.Immutable;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The answer to Hello (contract/protocol.md).</summary>
public sealed record HelloResult
{
    /// <summary>The sidecar's version.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>The home's identity.</summary>
    public required string BridgeId { get; init; }

    /// <summary>What the server can do.</summary>
    public ImmutableArray<string> Capabilities { get; init; } = ["commands", "events", "report", "diagnostics"];

    /// <summary>Random per start of the sidecar.</summary>
    public required string Epoch { get; init; }

    /// <summary>The sidecar's links.</summary>
    public required ImmutableArray<LinkState> Links { get; init; }

    /// <summary>Writes the result.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteStartObject("server"u8);
        writer.WriteString("name"u8, "hanatsbridge"u8);
        writer.WriteString("version"u8, ServerVersion);
        writer.WriteEndObject();
        writer.WriteString("bridge_id"u8, BridgeId);
        writer.WriteStartObject("schema"u8);
        writer.WriteNumber("min"u8, HelloRequest.CurrentSchema);
        writer.WriteNumber("max"u8, HelloRequest.CurrentSchema);
        writer.WriteEndObject();
        writer.WriteStartArray("capabilities"u8);
        foreach (var capability in Capabilities)
        {
            writer.WriteStringValue(capability);
        }

        writer.WriteEndArray();
        writer.WriteString("epoch"u8, Epoch);
        FrameMembers.WriteLinks(writer, Links.AsSpan());
        writer.WriteEndObject();
    }
}
