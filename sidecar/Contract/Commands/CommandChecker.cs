using System.Runtime.InteropServices;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.Commands;

/// <summary>Checks a command against the description before it is sent (docs/devices.md, "Commands").</summary>
public static class CommandChecker
{
    private const int MaxParamBytes = 64 * 1024;

    private static readonly ActionRule GetImage = new(CommandActions.GetImage);

    /// <summary>What is wrong with the command; null when it fits. Never throws for what a caller sent.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="action">The Home Assistant action without its domain.</param>
    /// <param name="parameters">Its data, a JSON object; undefined or null stands for <c>{}</c>.</param>
    public static CommandProblem? Check(EntityDescription entity, string action, JsonElement parameters)
    {
        ArgumentNullException.ThrowIfNull(entity);
        ArgumentNullException.ThrowIfNull(action);
        var platform = entity.Rules.Platform;
        var found = action == CommandActions.GetImage && entity is { OnDemand: true, MayHavePicture: true }
            ? GetImage
            : platform.FindAction(action);
        if (found is not { } rule)
        {
            var hint = DidYouMean.Hint(action, platform.Actions.Select(a => a.Name));
            return new CommandProblem(
                CommandCodes.InvalidCommand,
                "action",
                $"{platform.NameWithArticle} has no action {Bounded.Text(action, 64)}{hint}");
        }

        if (rule.Features.Length > 0 && !Array.Exists(rule.Features, entity.Rules.Has))
        {
            return new CommandProblem(CommandCodes.InvalidCommand, "action",
                $"{entity.Key} cannot {action}: its description does not have the feature {string.Join(" or ", rule.Features)}");
        }

        return parameters.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
            ? CheckRequired(rule, default) ?? CheckTogether(entity.Rules, rule, JsonElement.Parse("{}"u8))
            : CheckParams(entity, rule, parameters);
    }

    private static CommandProblem? CheckParams(EntityDescription entity, ActionRule action, JsonElement parameters)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            return Wrong("", "expected an object");
        }

        if (StrictJson.FirstInvalid(parameters, "", allowTwice: false) is { } found)
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
            var param = action.FindParam(property.Name);
            if (param is null)
            {
                var hint = DidYouMean.Hint(property.Name, action.Params.Select(p => p.Name));
                return Wrong(property.Name, $"{action.Name} has no parameter {Bounded.Text(property.Name, 64)}{hint}");
            }

            if (CheckParam(entity.Rules, param, property.Value, entity.HasSecretState) is { } problem)
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

        return CheckRequired(action, parameters) ?? CheckTogether(entity.Rules, action, parameters);
    }

    private static CommandProblem? CheckParam(EntityRules rules, ParamRule param, JsonElement given, bool isSecret)
    {
        if (param.Feature is not null && !rules.Has(param.Feature))
        {
            return Wrong(param.Name, $"the description does not have the feature {param.Feature}");
        }

        if (param.DeclaredField is not null
            && (rules.Options(param.DeclaredField) is not { } declared || !Array.Exists(param.DeclaredWords, declared.Contains)))
        {
            var needed = new OptionSet(param.DeclaredWords).Describe();
            return Wrong(param.Name, $"the description's {param.DeclaredField.Name} do not allow it: it needs {needed}");
        }

        var raw = JsonMarshal.GetRawUtf8Value(given);
        var unescaped = new byte[raw.Length];
        var scratch = new Scratch(raw.Length + 64);
        try
        {
            var reader = new Utf8JsonReader(raw);
            reader.Read();
            var value = RawValue.Read(ref reader, raw, unescaped, strict: true);
            return param.Rule.TryWrite(rules, value, ref scratch)
                ? null
                : Wrong(param.Name, param.Rule.Refusal(rules, value, isSecret || SecretNames.Contains(param.Name)));
        }
        finally
        {
            scratch.Dispose();
        }
    }

    private static CommandProblem? CheckRequired(ActionRule action, JsonElement parameters)
    {
        var missing = action.Params.FirstOrDefault(
            p => p.Required && !(parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(p.Name, out _)));
        return missing is null ? null : Wrong(missing.Name, $"{missing.Name} is missing");
    }

    private static CommandProblem? CheckTogether(EntityRules rules, ActionRule action, JsonElement parameters) =>
        action.Together?.Invoke(rules, parameters) is { } wrong ? Wrong(wrong.Name, wrong.Message) : null;

    private static CommandProblem Wrong(string name, string message) =>
        new(CommandCodes.InvalidParameter, name.Length == 0 ? "params" : JsonPath.Member("params", name), message);
}

/// <summary>Why a command does not fit its entity's description.</summary>
/// <param name="Code"><c>INVALID_COMMAND</c> or <c>INVALID_PARAMETER</c>.</param>
/// <param name="Path">Where: <c>action</c> or <c>params.temperature</c>.</param>
/// <param name="Message">What is wrong and what would be right, for the person who gave the command.</param>
public sealed record CommandProblem(string Code, string Path, string Message);

/// <summary>Facts about the actions of each platform.</summary>
public static class CommandActions
{
    /// <summary>Requests the picture of a camera, image or media player; the reply is the bytes.</summary>
    public const string GetImage = "get_image";

    /// <summary>
    /// Whether doing it twice is the same as doing it once: only such a command may be repeated after a lost answer, and only
    /// when its caller allows it.
    /// </summary>
    public static bool IsIdempotent(string platform, string action) =>
        action == GetImage || PlatformCatalog.Find(platform)?.FindAction(action)?.Idempotent == true;
}
