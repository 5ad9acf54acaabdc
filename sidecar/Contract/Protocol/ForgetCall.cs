using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The argument of Forget: a device that a person deletes (contract/protocol.md).</summary>
/// <param name="Device">The device.</param>
public sealed record ForgetCall(DeviceId Device)
{
    /// <summary>Reads the argument; false when it names no device.</summary>
    public static bool TryRead(
        JsonElement device, [NotNullWhen(true)] out ForgetCall? call, [NotNullWhen(false)] out ProtocolError? error)
    {
        var isDevice = DeviceId.TryParse(device.ValueKind == JsonValueKind.String ? device.GetString() : null, out var id);
        call = isDevice ? new ForgetCall(id) : null;
        error = isDevice ? null : new ProtocolError(ProtocolCodes.InvalidValue, "device: expected {type}.{id}");
        return isDevice;
    }

    /// <summary>Writes the result <c>{"removed": true}</c>; false: the registry did not have it.</summary>
    public static void WriteResult(IBufferWriter<byte> output, bool removed) =>
        JsonOutput.Write(output, new ForgetResult(removed), ProtocolJson.Default.ForgetResult);
}

internal sealed record ForgetResult(bool Removed);
