namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>What came back on a command.</summary>
/// <param name="Payload">The reply's bytes.</param>
/// <param name="HasStatus">Whether it is the server's word or claims to be: a status in the first line of the headers, or a header of that name.</param>
/// <param name="IsUnheard">Whether the server said that nobody listens.</param>
/// <param name="Denied">The permission that the server says the sidecar lacks, for people; null: none.</param>
internal readonly record struct DeviceReply(byte[] Payload, bool HasStatus, bool IsUnheard, string? Denied = null);
