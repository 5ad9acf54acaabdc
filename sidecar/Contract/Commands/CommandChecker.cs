using System.Text.Json;
using HaNatsBridge.Contract.Announcements;

namespace HaNatsBridge.Contract.Commands;

/// <summary>Checks a command against the description before it is sent (contract.md, "Command").</summary>
public static class CommandChecker
{
    /// <summary>What is wrong with the command; null when it fits. Never throws for what a caller sent.</summary>
    /// <param name="entity">Whose.</param>
    /// <param name="action">The Home Assistant action without its domain.</param>
    /// <param name="parameters">Its data, a JSON object; undefined or null stands for <c>{}</c>.</param>
    public static CommandProblem? Check(EntityDescription entity, string action, JsonElement parameters) => throw new NotImplementedException();
}
