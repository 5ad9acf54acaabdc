namespace NATS.Client.Core.Internal;

internal enum ParseStatus
{
    Done,

    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>This is not NATS.</summary>
    Invalid,
}
