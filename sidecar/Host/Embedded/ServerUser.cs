namespace HaNatsBridge.Host.Embedded;

/// <summary>A user of the home's account in the server's configuration.</summary>
/// <param name="Name">A public NKey (<c>U…</c>), or a user name.</param>
/// <param name="PasswordHash">A bcrypt hash; null for an NKey.</param>
/// <param name="Publish">The subjects that it may publish on, besides replies to requests.</param>
/// <param name="Subscribe">The subjects that it may subscribe.</param>
/// <param name="Own">What a client without credentials may neither publish nor subscribe, because this user exists.</param>
public sealed record ServerUser(
    string Name, string? PasswordHash, IReadOnlyList<string> Publish, IReadOnlyList<string> Subscribe, IReadOnlyList<string> Own)
{
    /// <summary>Whether it may reply to requests that it receives.</summary>
    public bool MayReply { get; init; } = true;

    /// <summary>
    /// Whether it comes by MQTT only. With nothing to publish and subscribe it may use every topic that is neither the home's nor
    /// another user's own.
    /// </summary>
    public bool IsMqtt { get; init; }
}
