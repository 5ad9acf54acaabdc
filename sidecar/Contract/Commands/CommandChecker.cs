using System.Runtime.InteropServices;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.Commands;

/// <summary>Checks a command against the description before it is sent (contract.md, "Command").</summary>
public static class CommandChecker
{
    private const int MaxParamBytes = 64 * 1024;

    /// <summary>What is wrong with the command; null when it fits. Never throws for what a caller sent.</summary>
    /// <param name="entity">Whose.</param>
    /// <param name="action">The Home Assistant action without its domain.</param>
    /// <param name="parameters">Its data, a JSON object; undefined or null stands for <c>{}</c>.</param>
    public static CommandProblem? Check(EntityDescription entity, string action, JsonElement parameters)
    {
        ArgumentNullException.ThrowIfNull(entity);
        ArgumentNullException.ThrowIfNull(action);
        var platform = entity.Rules.Platform;
        if (action == CommandActions.GetImage && entity.OnDemand)
        {
            return null;
        }

        if (platform.FindAction(action) is not { } rule)
        {
            var hint = DidYouMean.Hint(action, platform.Actions.Select(a => a.Name));
            return new CommandProblem(CommandCodes.InvalidCommand, "action", $"a {platform.Name} has no action {Bounded.Text(action, 64)}{hint}");
        }

        if (rule.Features.Length > 0 && !Array.Exists(rule.Features, entity.Rules.Has))
        {
            return new CommandProblem(CommandCodes.InvalidCommand, "action",
                $"{entity.Key} cannot {action}: its description does not have the feature {string.Join(" or ", rule.Features)}");
        }

        return parameters.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
            ? CheckRequired(rule, default) ?? CheckTogether(entity.Rules, rule, JsonElement.Parse("{}"u8))
            : CheckParams(entity.Rules, rule, parameters);
    }

    private static CommandProblem? CheckParams(EntityRules rules, ActionRule action, JsonElement parameters)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            return Wrong("", "expected an object");
        }

        if (StrictJson.FirstUnsound(parameters, "", allowTwice: false) is { } found)
        {
            return Wrong(found.Path, found.Message);
        }

        if (JsonMarshal.GetRawUtf8Value(parameters).Length > MaxParamBytes)
        {
            return Wrong("", $"more than {MaxParamBytes} bytes");
        }

        ParamRule? grouped = null;
        foreach (var property in parameters.EnumerateObject())
        {
            var param = action.Params.FirstOrDefault(p => p.Name == property.Name);
            if (param is null)
            {
                return Wrong(property.Name,
                    $"{action.Name} has no parameter {Bounded.Text(property.Name, 64)}{DidYouMean.Hint(property.Name, action.Params.Select(p => p.Name))}");
            }

            if (CheckParam(rules, param, property.Value) is { } problem)
            {
                return problem;
            }

            if (param.Group is not null)
            {
                if (grouped is not null && grouped.Name != param.Name)
                {
                    return Wrong(param.Name, $"{grouped.Name} and {param.Name} exclude each other");
                }

                grouped = param;
            }
        }

        return CheckRequired(action, parameters) ?? CheckTogether(rules, action, parameters);
    }

    private static CommandProblem? CheckParam(EntityRules rules, ParamRule param, JsonElement given)
    {
        if (param.Feature is not null && !rules.Has(param.Feature))
        {
            return Wrong(param.Name, $"the description does not have the feature {param.Feature}");
        }

        if (param.DeclaredField is not null
            && (rules.Options(param.DeclaredField) is not { } declared || !Array.Exists(param.DeclaredWords, declared.Contains)))
        {
            return Wrong(param.Name, $"the description's {param.DeclaredField.Name} do not allow it: it needs {new OptionSet(param.DeclaredWords).Describe()}");
        }

        var raw = JsonMarshal.GetRawUtf8Value(given);
        var unescaped = new byte[raw.Length];
        var scratch = new Scratch(raw.Length + 64);
        try
        {
            var reader = new Utf8JsonReader(raw);
            reader.Read();
            var value = RawValue.Read(ref reader, raw, unescaped, strict: true);
            return param.Rule.TryWrite(rules, value, ref scratch) ? null : Wrong(param.Name, param.Rule.Refusal(rules, value));
        }
        finally
        {
            scratch.Dispose();
        }
    }

    private static CommandProblem? CheckRequired(ActionRule action, JsonElement parameters)
    {
        var missing = action.Params.FirstOrDefault(p => p.Required && !(parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(p.Name, out _)));
        return missing is null ? null : Wrong(missing.Name, $"{missing.Name} is missing");
    }

    private static CommandProblem? CheckTogether(EntityRules rules, ActionRule action, JsonElement parameters) =>
        action.Together?.Invoke(rules, parameters) is { } wrong ? Wrong(wrong.Name, wrong.Message) : null;

    private static CommandProblem Wrong(string name, string message) =>
        new(CommandCodes.InvalidParameter, name.Length == 0 ? "params" : JsonPath.Member("params", name), message);
}
