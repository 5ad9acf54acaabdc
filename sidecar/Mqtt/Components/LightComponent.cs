using HaNatsBridge.Mqtt.Components.Light;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>light</c>, in one of three schemas.</summary>
internal static class LightComponent
{
    /// <summary>Makes the light of the option <c>schema</c>.</summary>
    public static MqttEntity Create(OptionReader options, EntityServices services)
    {
        switch (options.Text("schema", "basic").ToLowerInvariant())
        {
            case "json":
                return new JsonLight(options, services);
            case "template":
                return new TemplateLight(options, services);
            case "basic":
                return new BasicLight(options, services);
            default:
                options.Fail("schema", "expected basic, json or template");
                return new BasicLight(options, services);
        }
    }
}
