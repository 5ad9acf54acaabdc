using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>A command that failed, for the log.</summary>
/// <param name="Entity">Which entity's.</param>
/// <param name="Action">What was to be done.</param>
/// <param name="Code">The outcome.</param>
/// <param name="Reason">In words.</param>
internal readonly record struct CommandFailure(EntityId Entity, string Action, string Code, string Reason);
