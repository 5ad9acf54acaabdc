namespace HaNatsBridge.Contract.Commands;

/// <summary>
/// Why the bridge itself says that a command failed, or a device that gives no message: <c>details.reason</c> of the error, by
/// which a client finds a text in the person's language (contract/protocol.md, "Command"). A device's own message has none.
/// </summary>
public static class CommandReasons
{
    public const string BadAnswer = "bad_answer";
    public const string Busy = "busy";
    public const string Denied = "denied";
    public const string DeviceBusy = "device_busy";
    public const string DeviceFailed = "device_failed";
    public const string InvalidCommand = "invalid_command";
    public const string InvalidParameter = "invalid_parameter";
    public const string LinkLost = "link_lost";
    public const string NoAnswer = "no_answer";
    public const string NotAllowed = "not_allowed";
    public const string NotFinished = "not_finished";
    public const string NotLinked = "not_linked";
    public const string NotListening = "not_listening";
    public const string NotSent = "not_sent";
    public const string Offline = "offline";
    public const string QueueFull = "queue_full";
    public const string Stopping = "stopping";
    public const string TooLarge = "too_large";
    public const string UnknownAction = "unknown_action";
    public const string UnknownEntity = "unknown_entity";
    public const string UnknownValue = "unknown_value";
}
