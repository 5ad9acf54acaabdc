using System.Text;

namespace NATS.Client.Core;

/// <summary>
/// Credentials. The first that is set wins: <see cref="AuthCredCallback"/>, <see cref="CredsFile"/>, <see cref="NKeyFile"/>,
/// <see cref="Jwt"/> + <see cref="Seed"/>, <see cref="NKey"/> + <see cref="Seed"/>, <see cref="Token"/>, <see cref="Username"/> + <see cref="Password"/>.
/// </summary>
public record NatsAuthOpts
{
    public static readonly NatsAuthOpts Default = new();

    public string? Username { get; init; }

    public string? Password { get; init; }

    public string? Token { get; init; }

    /// <summary>A user JWT; the server's nonce is signed with <see cref="Seed"/>.</summary>
    public string? Jwt { get; init; }

    /// <summary>A public user nkey (<c>U…</c>); the server's nonce is signed with <see cref="Seed"/>.</summary>
    public string? NKey { get; init; }

    /// <summary>A user seed (<c>SU…</c>). A secret.</summary>
    public string? Seed { get; init; }

    /// <summary>Path of a <c>.creds</c> file; read anew at each connect, so rotated files are taken up.</summary>
    public string? CredsFile { get; init; }

    /// <summary>Path of a file with a user seed; read anew at each connect.</summary>
    public string? NKeyFile { get; init; }

    /// <summary>Asked at each connect; what it returns takes precedence over all else.</summary>
    public Func<Uri, CancellationToken, ValueTask<NatsAuthCred>>? AuthCredCallback { get; init; }

    public bool IsAnonymous =>
        string.IsNullOrEmpty(Username) && string.IsNullOrEmpty(Password) && string.IsNullOrEmpty(Token) && string.IsNullOrEmpty(Jwt)
        && string.IsNullOrEmpty(NKey) && string.IsNullOrEmpty(Seed) && string.IsNullOrEmpty(CredsFile) && string.IsNullOrEmpty(NKeyFile)
        && AuthCredCallback is null;

    /// <summary>Records print their members; these are secrets.</summary>
    protected virtual bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(IsAnonymous ? "anonymous" : "credentials set");
        return true;
    }
}
