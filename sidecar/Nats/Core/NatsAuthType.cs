namespace NATS.Client.Core;

/// <summary>The kinds of credentials that <see cref="NatsAuthCred"/> carries.</summary>
public enum NatsAuthType
{
    None,
    UserInfo,
    Token,
    Jwt,
    Nkey,
    CredsFile,
    NkeyFile,
}
