namespace NATS.Client.Core;

[Flags]
public enum NatsMsgFlags : byte
{
    None = 0,

    /// <summary>The payload had no bytes, so <c>Data</c> is the type's default.</summary>
    Empty = 1,

    /// <summary>The server's answer that nobody listens on the subject (status 503).</summary>
    NoResponders = 2,
}
