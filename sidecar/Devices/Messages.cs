using System.Text.Json;

namespace HaNatsBridge.Devices;

/// <summary>Carries a command out; a <see cref="CommandException"/> refuses it.</summary>
/// <param name="command">The command.</param>
/// <param name="cancellationToken">Ends at the command's deadline, and with the connection.</param>
public delegate Task CommandHandler(DeviceCommand command, CancellationToken cancellationToken);

/// <summary>Applies a configuration; a <see cref="CommandException"/> refuses it, and the old revision stays.</summary>
public delegate Task ConfigHandler(ConfigChange config, CancellationToken cancellationToken);

/// <summary>A configuration for a device.</summary>
/// <param name="Revision">Its revision.</param>
/// <param name="Config">The configuration itself.</param>
public sealed record ConfigChange(long Revision, JsonElement Config);

/// <summary>A value that was measured while there was no connection.</summary>
/// <param name="MeasuredAt">When.</param>
/// <param name="Value">The entity's state then: a scalar or an object.</param>
public readonly record struct PastValue(DateTimeOffset MeasuredAt, object? Value);
