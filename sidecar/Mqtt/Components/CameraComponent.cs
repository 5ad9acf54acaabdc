using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>camera</c>: shows the picture that came last.</summary>
internal sealed class CameraComponent : MqttEntity
{
    private const string ContentType = "image/jpeg";

    private readonly bool _isBase64;

    public CameraComponent(OptionReader options, EntityServices services)
        : base(options, services, "camera", "MQTT Camera")
    {
        options.RequiredSubscription("topic");
        _isBase64 = options.Has("image_encoding") && options.Word("image_encoding", "b64") == "b64";
        Listen("topic", Take, asBytes: true);
    }

    /// <inheritdoc/>
    public override bool HasState => false;

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["access_token", "brand", "model_name", "motion_detection"];

    private void Take(MqttMessage message)
    {
        if (!_isBase64)
        {
            Services.Picture(message.Payload, ContentType);
        }
        else if (Base64.TryDecode(message.Payload.Span, out var bytes))
        {
            Services.Picture(bytes, ContentType);
        }
        else
        {
            Ignore(message, "the picture is no base64");
        }
    }
}
