namespace HaNatsBridge.Contract.Errors;

/// <summary>The codes of an announcement's reply (contract.md, "Announce").</summary>
public static class AnnounceCodes
{
    public const string InvalidJson = "INVALID_JSON";
    public const string UnsupportedSchema = "UNSUPPORTED_SCHEMA";
    public const string MissingField = "MISSING_FIELD";
    public const string InvalidValue = "INVALID_VALUE";
    public const string DuplicateKey = "DUPLICATE_KEY";
    public const string UnknownPlatform = "UNKNOWN_PLATFORM";
    public const string UnknownField = "UNKNOWN_FIELD";
    public const string TooLarge = "TOO_LARGE";
    public const string Unauthorized = "UNAUTHORIZED";
    public const string NotStored = "NOT_STORED";
    public const string NoDisconnectEvents = "NO_DISCONNECT_EVENTS";
}
