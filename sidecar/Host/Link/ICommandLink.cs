namespace HaNatsBridge.Host.Link;

/// <summary>The connections that commands go out on, one after another.</summary>
public interface ICommandLink
{
    /// <summary>The open connection; where there is none, the next one. Whoever publishes on it also watches <see cref="CommandConnection.Lost"/>.</summary>
    ValueTask<CommandConnection> OpenedAsync(CancellationToken cancellationToken);
}
