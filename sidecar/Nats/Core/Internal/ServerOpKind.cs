namespace NATS.Client.Core.Internal;

/// <summary>What a server says (docs.nats.io, "Client Protocol").</summary>
internal enum ServerOpKind
{
    Info,
    Msg,
    Ping,
    Pong,
    Ok,
    Err,
}
