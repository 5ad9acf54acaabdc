using System.Text.Json.Serialization;

namespace HaNatsBridge.Contract.Errors;

/// <summary>One error or warning about a message, as it is reported to its sender (docs/devices.md, "Announce").</summary>
/// <param name="Path">Where, as <c>entities[1].hvac_modes</c>; empty for the message as a whole.</param>
/// <param name="Code">One of <see cref="AnnounceCodes"/>.</param>
/// <param name="Message">What is wrong and what would be right, for a person.</param>
public sealed record ContractError(string Path, string Code, string Message)
{
    /// <summary>
    /// Whether the entity or trigger that the error is about was there before and stays as it was. Written only where it is true.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Kept { get; init; }
}

/// <summary>The codes of an announcement's reply (docs/devices.md, "Announce").</summary>
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
    public const string UnitWithoutClass = "UNIT_WITHOUT_CLASS";
    public const string NoEntities = "NO_ENTITIES";
    public const string EntityNamedLikeDevice = "ENTITY_NAMED_LIKE_DEVICE";
    public const string NoDisconnectEvents = "NO_DISCONNECT_EVENTS";
}

/// <summary>
/// The codes of a command's outcome (docs/devices.md, "Commands"): those of the device, and those that the sidecar adds.
/// </summary>
public static class CommandCodes
{
    public const string DeviceOffline = "DEVICE_OFFLINE";
    public const string InvalidCommand = "INVALID_COMMAND";
    public const string InvalidParameter = "INVALID_PARAMETER";
    public const string Unauthorized = "UNAUTHORIZED";
    public const string Timeout = "TIMEOUT";
    public const string InternalError = "INTERNAL_ERROR";
    public const string Busy = "BUSY";
    public const string NoResponders = "NO_RESPONDERS";
    public const string RateLimited = "RATE_LIMITED";
    public const string UnknownOutcome = "UNKNOWN_OUTCOME";
}
