namespace NATS.Client.Core;

/// <summary>One credential, as <see cref="NatsAuthOpts.AuthCredCallback"/> gives it. Never printed: it holds secrets.</summary>
public readonly struct NatsAuthCred
{
    private NatsAuthCred(NatsAuthType type, string value, string secret)
    {
        Type = type;
        Value = value;
        Secret = secret;
    }

    internal NatsAuthType Type { get; }

    internal string? Value { get; }

    internal string? Secret { get; }

    public static NatsAuthCred FromUserInfo(string username, string password) => new(NatsAuthType.UserInfo, username, password);

    public static NatsAuthCred FromToken(string token) => new(NatsAuthType.Token, token, string.Empty);

    public static NatsAuthCred FromJwt(string jwt, string seed) => new(NatsAuthType.Jwt, jwt, seed);

    public static NatsAuthCred FromNkey(string seed) => new(NatsAuthType.Nkey, string.Empty, seed);

    public static NatsAuthCred FromCredsFile(string credFile) => new(NatsAuthType.CredsFile, credFile, string.Empty);

    public static NatsAuthCred FromNkeyFile(string nkeyFile) => new(NatsAuthType.NkeyFile, nkeyFile, string.Empty);
}
