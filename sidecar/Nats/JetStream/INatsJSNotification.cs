namespace NATS.Client.JetStream;

/// <summary>Something that happened while consuming and that the client deals with by itself.</summary>
public interface INatsJSNotification
{
    /// <summary>Name of the notification.</summary>
    string Name { get; }
}
