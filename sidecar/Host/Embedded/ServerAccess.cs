namespace HaNatsBridge.Host.Embedded;

/// <summary>How the sidecar reaches the embedded server. Holds secrets: never logged.</summary>
/// <param name="Url">From this machine.</param>
/// <param name="IsLocal">Whether it listens on this machine only.</param>
/// <param name="IsOpen">
/// Whether it takes clients without credentials: only where it listens on loopback, and the settings do not forbid it.
/// </param>
/// <param name="Prefix">The home's root prefix that the users' rights speak of.</param>
/// <param name="Home">User and password with all rights in the home's account.</param>
/// <param name="System">User and password of the system account.</param>
/// <param name="Tls">Its certificate; null: it speaks plain text.</param>
public sealed record ServerAccess(
    string Url, bool IsLocal, bool IsOpen, string Prefix, (string User, string Password) Home,
    (string User, string Password) System, ServerTls? Tls)
{
    /// <summary>What clients without credentials may do besides what a device does.</summary>
    public OpenSubjects Open { get; init; } = new([], []);

    /// <summary>Where it takes MQTT clients; null: nowhere.</summary>
    public MqttGateway? Mqtt { get; init; }

    /// <summary>Without the secrets.</summary>
    public override string ToString() => Url;
}

/// <summary>Subjects of programs that do not know the home, which the settings name.</summary>
/// <param name="Publish">Where they may publish.</param>
/// <param name="Subscribe">What they may subscribe.</param>
public sealed record OpenSubjects(IReadOnlyList<string> Publish, IReadOnlyList<string> Subscribe);
