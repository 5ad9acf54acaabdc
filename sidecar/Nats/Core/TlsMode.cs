namespace NATS.Client.Core;

/// <summary>When a connection is upgraded to TLS.</summary>
public enum TlsMode
{
    /// <summary><see cref="Require"/> with a <c>tls://</c> URL or certificates given, else <see cref="Prefer"/>.</summary>
    Auto,

    /// <summary>TLS where the server's INFO offers it. An attacker on the path can strip the offer; use <see cref="Require"/> where it matters.</summary>
    Prefer,

    /// <summary>TLS or no connection.</summary>
    Require,

    /// <summary>TLS handshake before the server's INFO (the server's <c>handshake_first</c>, 2.10.4 and later).</summary>
    Implicit,

    /// <summary>Never TLS; a server that requires it refuses the connection.</summary>
    Disable,
}
