using System.Buffers;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The results of Take and Answer besides what was asked (contract/protocol.md).</summary>
public static class AnswerCall
{
    /// <summary>The request is over: it was answered, is another client's, or nobody waits for it any more.</summary>
    public static ProtocolError Gone { get; } =
        new(ProtocolCodes.NotFound, "nobody waits for the answer to this request: it must not be executed");

    /// <summary>Writes the result <c>{"delivered": true}</c>; false: nobody waits for it any more.</summary>
    public static void WriteResult(IBufferWriter<byte> output, bool delivered) =>
        JsonOutput.Write(output, new AnswerResult(delivered), ProtocolJson.Default.AnswerResult);
}

internal sealed record AnswerResult(bool Delivered);
