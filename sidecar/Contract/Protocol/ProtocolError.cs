using System.Buffers;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The codes of the local protocol besides those of commands (contract/protocol.md).</summary>
public static class ProtocolCodes
{
    public const string UnsupportedSchema = "UNSUPPORTED_SCHEMA";
    public const string NotReady = "NOT_READY";
    public const string InvalidValue = "INVALID_VALUE";
    public const string NotStored = "NOT_STORED";
    public const string TooSlow = "TOO_SLOW";
    public const string Shutdown = "SHUTDOWN";
    public const string HelloFirst = "HELLO_FIRST";
    public const string NoPicture = "NO_PICTURE";
    public const string NotFound = "NOT_FOUND";
}

/// <summary>An error of the local protocol, <c>{"code", "message", "retryable", "details"}</c> (contract/protocol.md).</summary>
/// <param name="Code">One of <see cref="ProtocolCodes"/> or <see cref="Errors.CommandCodes"/>.</param>
/// <param name="Message">For a person.</param>
/// <param name="Retryable">Whether trying again can help and cannot do harm.</param>
/// <param name="Details">A JSON object; empty: null.</param>
public sealed record ProtocolError(string Code, string Message, bool Retryable = false, RawJson Details = default)
{
    /// <summary>Writes a result that failed: <c>{"error": {…}}</c>.</summary>
    public void WriteResult(IBufferWriter<byte> output) =>
        JsonOutput.Write(output, new FailedResult(this), ProtocolJson.Default.FailedResult);
}

internal sealed record FailedResult(ProtocolError Error);
