namespace HaNatsBridge.Contract.Errors;

/// <summary>The codes of a command's outcome (contract.md, "Command"): those of the device, and those that the sidecar adds.</summary>
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
