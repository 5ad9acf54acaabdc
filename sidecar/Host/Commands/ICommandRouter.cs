namespace HaNatsBridge.Host.Commands;

/// <summary>The only way to a device's <c>.set</c>: checks, sends, waits for the device's own answer, and writes the audit.</summary>
public interface ICommandRouter
{
    /// <summary>Executes a command. Never throws for what a device or a caller did: the outcome says it.</summary>
    ValueTask<CommandOutcome> ExecuteAsync(CommandRequest request, CancellationToken cancellationToken);
}
