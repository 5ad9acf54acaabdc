namespace HaNatsBridge.Host.Fleet;

/// <summary>A credential that was just made. Holds a secret: never logged.</summary>
/// <param name="Credential">Without its secret.</param>
/// <param name="Secret">The NKey's seed (<c>SU…</c>), or the password.</param>
/// <param name="ServerUrl">The server, as this machine reaches it.</param>
/// <param name="IsLocal">Whether the server listens on this machine only.</param>
/// <param name="Prefix">The root prefix of its subjects.</param>
/// <param name="IsLive">Whether a running server takes it already; false: from the server's next start on.</param>
public sealed record NewCredential(
    Credential Credential, string Secret, string ServerUrl, bool IsLocal, string Prefix, bool IsLive)
{
    /// <summary>
    /// Why the running server does not take it although it is stored; null when all went well. From the server's next start on
    /// it is taken in any case.
    /// </summary>
    public string? Trouble { get; init; }

    /// <summary>Without the secret.</summary>
    public override string ToString() => Credential.Name;
}
