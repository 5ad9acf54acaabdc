namespace HaNatsBridge.Host.Link;

/// <summary>The connections that commands go out on, one after another.</summary>
public interface ICommandLink
{
    /// <summary>
    /// The open connection, or the next one where none is open. Its user must watch <see cref="CommandConnection.Lost"/>.
    /// </summary>
    ValueTask<CommandConnection> OpenedAsync(CancellationToken cancellationToken);
}
