using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>update</c>: the installed version as text, or a JSON object. Home Assistant compares the versions.</summary>
internal sealed class UpdateComponent : MqttEntity
{
    private const double Whole = 100;

    private static readonly string[] Texts = ["installed_version", "latest_version", "title", "release_summary"];
    private static readonly string[] Urls = ["release_url", "entity_picture"];

    private readonly ValueTemplate _template;
    private readonly ValueTemplate _latestTemplate;
    private readonly string? _topic;
    private readonly string? _payload;

    public UpdateComponent(OptionReader options, EntityServices services)
        : base(options, services, "update", "MQTT Update")
    {
        options.RequiredSubscription("state_topic");
        _template = options.ValueTemplate("value_template");
        _latestTemplate = options.ValueTemplate("latest_version_template");
        _topic = options.Publication("command_topic");
        _payload = options.Text("payload_install");
        Copy("device_class");
        if (options.Text("title") is { } title)
        {
            Description["title"] = title;
        }

        if (options.Whole("display_precision") is { } precision)
        {
            Description["display_precision"] = precision;
        }

        foreach (var name in (string[])["release_summary", "release_url"])
        {
            if (options.Text(name) is { } text)
            {
                SetAttribute(name, text);
            }
        }

        Feature("progress");
        Feature("install", _topic is not null);
        Listen("state_topic", Take);
        Listen("latest_version_topic", TakeLatest);
    }

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "install" || _topic is null)
        {
            throw Unknown(action);
        }

        Publish(_topic, _payload
            ?? throw new CommandRefusedException(
                CommandCodes.InvalidCommand, "The update's description has no payload_install."));
        return null;
    }

    private static bool IsUrl(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";

    /// <summary>What is wrong with a member; null when nothing is.</summary>
    private static string? Problem(string name, JsonNode? node) => name switch
    {
        _ when Texts.Contains(name) => OptionReader.TextOf(node) is null ? "a text" : null,
        _ when Urls.Contains(name) => IsUrl(OptionReader.TextOf(node)) ? null : "a URL with http or https",
        "in_progress" => FlagOf(node) is null ? "true or false" : null,
        "update_percentage" => node is null || PercentageOf(node) is >= 0 and <= Whole ? null : "a number from 0 to 100, or null",
        _ => "no such member",
    };

    private static bool? FlagOf(JsonNode? node) => OptionReader.TextOf(node)?.Trim().ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "enable" or "1" => true,
        "false" or "no" or "off" or "disable" or "0" => false,
        { } text when node!.GetValueKind() == JsonValueKind.Number && PythonNumber.TryParse(text, out double number) =>
            number != 0,
        _ => null,
    };

    private static double? PercentageOf(JsonNode node) =>
        node.GetValueKind() == JsonValueKind.Number ? node.GetValue<double>() : null;

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text, keepsPayload: false) || text is "" or "{}")
        {
            return;
        }

        if (!JsonPayload.TryParse(text, out var all))
        {
            SetAttribute("installed_version", text);
            return;
        }

        foreach (var (name, node) in all)
        {
            if (Problem(name, node) is { } expected)
            {
                Ignore(message, $"{name} is wrong: expected {expected}");
                return;
            }
        }

        foreach (var name in Texts.Concat(Urls).Where(all.ContainsKey))
        {
            Set(name, OptionReader.TextOf(all[name])!);
        }

        if (all.TryGetPropertyValue("update_percentage", out var percentage))
        {
            SetAttribute("update_percentage", percentage?.DeepClone());
            SetAttribute("in_progress", percentage is not null);
        }

        if (all.TryGetPropertyValue("in_progress", out var progress))
        {
            SetAttribute("in_progress", FlagOf(progress));
        }
    }

    private void TakeLatest(MqttMessage message)
    {
        if (TryRender(_latestTemplate, message, out var text) && text.Length > 0)
        {
            SetAttribute("latest_version", text);
        }
    }

    /// <summary>Title and picture belong to the description.</summary>
    private void Set(string name, string text)
    {
        if (name is not ("title" or "entity_picture"))
        {
            SetAttribute(name, text);
        }
        else if (OptionReader.TextOf(Description[name]) != text)
        {
            Description[name] = text;
            Services.Redescribe();
        }
    }
}
