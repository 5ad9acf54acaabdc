using HaNatsBridge.Host.Repairs;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The storage cannot be made as declared; the message says why and what to do, for people.</summary>
internal sealed class StorageException(string message) : Exception(message)
{
    /// <summary>Whether a newer sidecar has written what is stored: this one must not write any more.</summary>
    public bool IsNewer { get; init; }

    /// <summary>What a person must mend, shown in Home Assistant until it is; null where the log is enough.</summary>
    public Repair? Repair { get; init; }
}

/// <summary>
/// What is wrong with the storage now: in the log, in the health report, and, where a person can mend it, as a repair.
/// </summary>
internal sealed partial class StorageTrouble(IRepairs repairs, IHostApplicationLifetime lifetime, ILogger<StorageTrouble> logger)
{
    private volatile string? _message = "waiting for NATS";
    private string? _repair;

    /// <summary>For people; null: nothing is wrong.</summary>
    public string? Message => _message;

    /// <summary>All is well again.</summary>
    public void Clear()
    {
        _message = null;
        Show(null);
    }

    /// <summary>Something failed, and will be tried again.</summary>
    public void Note(Exception exception, bool isRunning)
    {
        var reason = exception is NatsNoRespondersException or NatsJSApiNoResponseException
            ? "JetStream does not answer: it is still starting, or not enabled on the server or for this account"
            : exception.Message;
        if (_message != reason)
        {
            _message = reason;
            LogTrouble(reason);
        }

        if (exception is not StorageException storage)
        {
            return;
        }

        Show(storage.Repair);
        if (storage.IsNewer && isRunning)
        {
            // Its features are writing. Started again, it waits and writes nothing.
            LogReplaced();
            lifetime.StopApplication();
        }
    }

    /// <summary>What the setup found and a person should know, as long as this host runs.</summary>
    /// <param name="setup">It is done.</param>
    /// <param name="change">Why the host before this one restarted; null: it did not.</param>
    public void ShowAfterSetup(StorageSetup setup, string? change)
    {
        foreach (var (bucket, settings) in setup.BucketTroubles)
        {
            repairs.Raise(StorageRepairs.BucketSettings.About(bucket, bucket, settings));
        }

        change ??= setup.FormerId is { } former ? $"the store does not have the bridge id {former}" : null;
        if (change is not null)
        {
            repairs.Raise(StorageRepairs.StoreExchanged.About(null, change));
        }
    }

    private void Show(Repair? repair)
    {
        if (_repair is { } other && other != repair?.Id)
        {
            repairs.Clear(other);
        }

        _repair = repair?.Id;
        if (repair is not null)
        {
            repairs.Raise(repair);
        }
    }

    [LoggerMessage(1220, LogLevel.Error, "Storage is not as it should be, and is tried again: {Reason}")]
    private partial void LogTrouble(string reason);

    [LoggerMessage(1222, LogLevel.Error, "A newer sidecar has taken over what is stored: this one stops")]
    private partial void LogReplaced();
}
