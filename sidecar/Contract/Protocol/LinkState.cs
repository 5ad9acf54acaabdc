namespace HaNatsBridge.Contract.Protocol;

/// <summary>One of the sidecar's links to the world, as the member <c>links</c> tells it.</summary>
/// <param name="Name"><c>nats</c>, later <c>history</c>, …</param>
/// <param name="Up">Whether it works; <c>nats</c> is down when it has been away for more than 5 s.</param>
public readonly record struct LinkState(string Name, bool Up);
