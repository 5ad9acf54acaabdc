using System.Text;
using NATS.NKeys;

namespace NATS.Client.Core.Internal;

/// <summary>Fills the credentials into CONNECT. Files and the callback are asked at each connect: credentials that were renewed are used.</summary>
internal sealed class Authenticator
{
    private readonly NatsAuthOpts _opts;

    public Authenticator(NatsAuthOpts opts, string urlUserInfo)
    {
        var fromUrl = string.IsNullOrEmpty(opts.Username) && string.IsNullOrEmpty(opts.Password) && string.IsNullOrEmpty(opts.Token) && urlUserInfo.Length > 0;
        _opts = fromUrl ? WithUserInfo(opts, urlUserInfo) : opts;
    }

    public async ValueTask AuthenticateAsync(ClientOpts connect, NatsUri uri, string? nonce, CancellationToken cancellationToken)
    {
        if (_opts.AuthCredCallback is { } callback)
        {
            // Whether or not it heeds the token: an attempt has its time, and a dispose does not wait.
            await ApplyAsync(connect, await callback(uri.Uri, cancellationToken).AsTask().WaitAsync(cancellationToken), nonce, cancellationToken);
            return;
        }

        connect.Username = NullIfEmpty(_opts.Username);
        connect.Password = NullIfEmpty(_opts.Password);
        connect.AuthToken = NullIfEmpty(_opts.Token);
        if (NullIfEmpty(_opts.CredsFile) is { } credsFile)
        {
            await ApplyAsync(connect, NatsAuthCred.FromCredsFile(credsFile), nonce, cancellationToken);
        }
        else if (NullIfEmpty(_opts.NKeyFile) is { } nkeyFile)
        {
            await ApplyAsync(connect, NatsAuthCred.FromNkeyFile(nkeyFile), nonce, cancellationToken);
        }
        else if (NullIfEmpty(_opts.Jwt) is { } jwt)
        {
            SignIn(connect, jwt, NullIfEmpty(_opts.Seed), nonce);
        }
        else if (NullIfEmpty(_opts.Seed) is { } seed)
        {
            SignIn(connect, null, seed, nonce);
        }
    }

    private static async ValueTask ApplyAsync(ClientOpts connect, NatsAuthCred cred, string? nonce, CancellationToken cancellationToken)
    {
        switch (cred.Type)
        {
            case NatsAuthType.UserInfo:
                connect.Username = cred.Value;
                connect.Password = cred.Secret;
                break;
            case NatsAuthType.Token:
                connect.AuthToken = cred.Value;
                break;
            case NatsAuthType.Jwt:
                SignIn(connect, cred.Value, cred.Secret, nonce);
                break;
            case NatsAuthType.Nkey:
                SignIn(connect, null, cred.Secret, nonce);
                break;
            case NatsAuthType.CredsFile:
                var (jwt, seed) = CredentialsFile.Parse(await File.ReadAllTextAsync(cred.Value!, cancellationToken), cred.Value!);
                SignIn(connect, jwt, seed, nonce);
                break;
            case NatsAuthType.NkeyFile:
                SignIn(connect, null, CredentialsFile.ParseSeed(await File.ReadAllTextAsync(cred.Value!, cancellationToken), cred.Value!), nonce);
                break;
            default:
                throw new NatsException("AuthCredCallback returned no credentials");
        }
    }

    /// <summary>With a JWT the server takes the key from it; an nkey alone is named. Either way the seed proves itself by signing the nonce.</summary>
    private static void SignIn(ClientOpts connect, string? jwt, string? seed, string? nonce)
    {
        connect.Jwt = jwt;
        if (seed is null)
        {
            return;
        }

        using var pair = KeyPair.FromSeed(seed);
        if (jwt is null)
        {
            connect.NKey = pair.GetPublicKey();
        }

        if (nonce is null)
        {
            // A server without authentication sends none; it will not look at a signature either.
            return;
        }

        var signature = new byte[64];
        pair.Sign(Encoding.ASCII.GetBytes(nonce), signature);
        connect.Sig = System.Buffers.Text.Base64Url.EncodeToString(signature);
    }

    private static NatsAuthOpts WithUserInfo(NatsAuthOpts opts, string userInfo)
    {
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? opts with { Token = Uri.UnescapeDataString(userInfo) }
            : opts with { Username = Uri.UnescapeDataString(userInfo[..colon]), Password = Uri.UnescapeDataString(userInfo[(colon + 1)..]) };
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
