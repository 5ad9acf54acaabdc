using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms.Rules;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Commands;

/// <summary>
/// Checks the data of an answer where the action asks for some, such as a forecast, and brings it into normal form
/// (docs/platforms).
/// </summary>
public static class ResponseReader
{
    /// <summary>
    /// The reply with its data checked. Without data of the right shape it becomes INTERNAL_ERROR; a wrong object of the list is
    /// left out. Other replies are returned as they are.
    /// </summary>
    /// <param name="entity">The entity that was commanded.</param>
    /// <param name="action">The command's action.</param>
    /// <param name="reply">What the device answered.</param>
    /// <param name="problems">What was left out, at most ten.</param>
    public static CommandReply Check(
        EntityDescription entity, string action, CommandReply reply, out IReadOnlyList<StateProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(entity);
        ArgumentNullException.ThrowIfNull(reply);
        problems = [];
        if (!reply.Ok || entity.Rules.Platform.FindAction(action)?.Response is not { } response)
        {
            return reply;
        }

        using var document = reply.Response is { } given ? JsonDocument.Parse(given) : null;
        if (document is null || JsonFields.Items(document.RootElement, response.List) is not { } list)
        {
            return CommandReply.Unreadable($"the device's answer to {action} has no response with a list {response.List}");
        }

        if (list.GetArrayLength() > RecordsRule.MaxRecords)
        {
            return CommandReply.Unreadable(
                $"the device's answer to {action} has {list.GetArrayLength()} {response.List}; "
                + $"at most {RecordsRule.MaxRecords} are read");
        }

        var scratch = new Scratch(reply.Response!.Value.Length + 64);
        try
        {
            List<RecordProblem>? leftOut = null;
            var value = new RawValue(RawKind.Array, JsonMarshal.GetRawUtf8Value(list));
            scratch.Append("{\""u8);
            scratch.Append(Encoding.UTF8.GetBytes(response.List));
            scratch.Append("\":"u8);
            response.Records.TryWrite(entity.Rules, response.List, value, ref scratch, ref leftOut);
            scratch.Append((byte)'}');
            problems = [.. (leftOut ?? []).Select(p => new StateProblem($"{entity.Key}.{p.Path}", p.Message))];
            return reply with { Response = scratch.Written.ToArray() };
        }
        finally
        {
            scratch.Dispose();
        }
    }
}
