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
}
