using HaNatsBridge.Host.Embedded;

namespace HaNatsBridge.Host.Fleet;

/// <summary>A credential that was just made. Holds a secret: never logged.</summary>
/// <param name="Credential">Without its secret.</param>
/// <param name="Secret">The NKey's seed (<c>SU…</c>), or the password.</param>
/// <param name="Server">The server that it is for.</param>
/// <param name="IsLive">Whether a running server takes it already; false: from the server's next start on.</param>
public sealed record NewCredential(
    Credential Credential, string Secret, ServerAccess Server, bool IsLive)
{
    /// <summary>
    /// Whether a password is read by whoever is on the network: it is sent as it is, while an NKey only signs.
    /// </summary>
    public bool IsPasswordExposed => Credential.PasswordHash is not null && Server is { IsLocal: false, Tls: null };

    /// <summary>
    /// Why the running server does not take it although it is stored; null when all went well. From the server's next start on
    /// it is taken in any case.
    /// </summary>
    public string? Trouble { get; init; }

    /// <summary>Without the secret.</summary>
    public override string ToString() => Credential.Name;
}
