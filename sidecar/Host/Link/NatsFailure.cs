namespace HaNatsBridge.Host.Link;

/// <summary>Why something with NATS failed, for people.</summary>
public static class NatsFailure
{
    /// <summary>The innermost reason: the outer messages say only what was tried ("can not start to connect …"), the innermost one what the server answered.</summary>
    public static string ReasonOf(Exception exception) => exception.GetBaseException().Message;
}
