namespace NATS.Client.Core;

public class NatsLameDuckModeActivatedEventArgs : NatsEventArgs
{
    public NatsLameDuckModeActivatedEventArgs(Uri uri)
        : base("Lame duck mode activated") => Uri = uri;

    /// <summary>The server that goes.</summary>
    public Uri Uri { get; }
}
