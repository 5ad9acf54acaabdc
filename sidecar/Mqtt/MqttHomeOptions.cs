using HaNatsBridge.Templates;

namespace HaNatsBridge.Mqtt;

/// <summary>How a home reads its broker.</summary>
public sealed record MqttHomeOptions
{
    /// <summary>The prefix of discovery topics.</summary>
    public string DiscoveryPrefix { get; init; } = "homeassistant";

    /// <summary>The type of all its devices in the home.</summary>
    public string DeviceType { get; init; } = "mqtt";

    /// <summary>Clock, time zone and limits of templates.</summary>
    public TemplateOptions Templates { get; init; } = TemplateOptions.Default;
}
