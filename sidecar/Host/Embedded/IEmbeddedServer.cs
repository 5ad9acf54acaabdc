namespace HaNatsBridge.Host.Embedded;

/// <summary>The nats-server that runs when none is configured (docs/operations.md, "The embedded server").</summary>
public interface IEmbeddedServer
{
    /// <summary>Whether there is one: false where the settings name another server.</summary>
    bool IsUsed { get; }

    /// <summary>How to reach it and as whom. Made on first use and stored in the data folder.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    ServerAccess Access { get; }

    /// <summary>
    /// Makes the home's own certificate authority where there is none, and a new certificate with the names of the settings. A
    /// running server that uses it loads it at once; connections stay.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    Task<HomeCertificate> RenewCertificateAsync(CancellationToken cancellationToken);

    /// <summary>The most that its streams and buckets may take, in bytes, from the free disk. Valid once it runs.</summary>
    long MaxFileStore { get; }

    /// <summary>Whether a server works on the store now, whoever started it.</summary>
    bool IsRunning { get; }

    /// <summary>It was started, or found running, and answers from now on. Handlers must not block or throw.</summary>
    event Action? Started;

    /// <summary>The program that it is started with: the one that the settings name, else the newest that can be found.</summary>
    /// <exception cref="EmbeddedServerException">There is none, or it is too old.</exception>
    Task<(string Program, Version Version)> FindProgramAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes over what the <see cref="IServerUserSource"/>s say now: writes the users and, when the server runs (with or without
    /// a sidecar), has it reload them, whether they changed or not; other connections stay. A signal has no answer: that the
    /// server has taken it is not known yet. Returns whether a server runs.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    Task<bool> ReloadUsersAsync(CancellationToken cancellationToken);
}
