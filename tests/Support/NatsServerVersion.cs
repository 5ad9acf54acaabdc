namespace HaNatsBridge.Tests.Support;

/// <summary>Which nats-server a test runs against: the two ends of what the project supports.</summary>
public enum NatsServerVersion
{
    Oldest,
    Newest,
}
