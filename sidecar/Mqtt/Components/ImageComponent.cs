using System.Globalization;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>image</c>: a picture, or where one is.</summary>
internal sealed class ImageComponent : MqttEntity
{
    private readonly ValueTemplate _template;
    private readonly string _contentType;
    private readonly bool _isBase64;
    private readonly bool _hasUrl;

    public ImageComponent(OptionReader options, EntityServices services)
        : base(options, services, "image", "MQTT Image")
    {
        _contentType = options.Text("content_type", "image/jpeg");
        _isBase64 = options.Has("image_encoding") && options.Word("image_encoding", "raw", "b64") == "b64";
        _template = options.ValueTemplate("url_template");
        var hasPicture = Listen("image_topic", TakePicture, asBytes: true);
        _hasUrl = Listen("url_topic", TakeUrl);
        if (!options.Has("image_topic") && !options.Has("url_topic"))
        {
            options.Fail("image_topic", "expected image_topic or url_topic", Contract.Errors.AnnounceCodes.MissingField);
        }
        else if (options.Has("image_topic") && options.Has("url_topic"))
        {
            options.Fail("url_topic", "expected either image_topic or url_topic");
        }
        else if (options.Has("content_type") && options.Has("url_topic"))
        {
            options.Fail("content_type", "expected none together with url_topic");
        }

        if (hasPicture)
        {
            Description["content_type"] = _contentType;
        }
    }

    /// <inheritdoc/>
    public override bool HasState => _hasUrl;

    /// <inheritdoc/>
    public override bool PublishesEach => _hasUrl;

    private void TakePicture(MqttMessage message)
    {
        if (!_isBase64)
        {
            Services.Picture(message.Payload, _contentType);
        }
        else if (Base64.TryDecode(message.Payload.Span, out var bytes))
        {
            Services.Picture(bytes, _contentType);
        }
        else
        {
            Ignore(message, "the picture is no base64");
        }
    }

    private void TakeUrl(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text))
        {
            return;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            Ignore(message, $"got {text}, expected a URL with http or https");
            return;
        }

        Value["image_url"] = text;
        SetState(Services.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
    }
}
