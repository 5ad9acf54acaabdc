namespace HaNatsBridge.Host.Link;

/// <summary>The reason of a failure, for people.</summary>
public static class NatsFailure
{
    /// <summary>The message of the innermost exception. The outer ones only say what was tried.</summary>
    public static string ReasonOf(Exception exception) => exception.GetBaseException().Message;
}
