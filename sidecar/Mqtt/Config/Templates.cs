using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Templates;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>What a value template made of a message.</summary>
/// <param name="IsUsable">Whether there is a value at all; a message whose template fails is ignored.</param>
/// <param name="Text">The value.</param>
/// <param name="Error">Why there is none, or why it is the payload as it came.</param>
internal readonly record struct Rendered(bool IsUsable, string Text, string? Error = null)
{
    /// <summary>Home Assistant's text for "no value": the state is unknown.</summary>
    public const string None = "None";

    /// <summary>Whether it says that the value is unknown.</summary>
    public bool IsNone => Text == None;
}

/// <summary>A template for messages that come in, or none: then the value is the payload.</summary>
internal sealed class ValueTemplate(Template? template, IReadOnlyDictionary<string, object?>? constants = null)
{
    /// <summary>Whether there is a template.</summary>
    public bool IsGiven => template is not null;

    /// <summary>
    /// Renders a message. Where Home Assistant uses the payload in place of a template that fails, <paramref
    /// name="keepsPayload"/> is true; where it ignores the message, false.
    /// </summary>
    public Rendered Render(in MqttMessage message, EntityVariables variables, bool keepsPayload = true)
    {
        if (template is null)
        {
            return message.Text is { } text ? new Rendered(true, text) : new Rendered(false, "", "the payload is no text");
        }

        try
        {
            var all = variables.Of(template, constants);
            var context = message.Text is { } known && !message.IsUtf8
                ? TemplateContext.FromPayload(known, all)
                : new TemplateContext { Payload = message.Payload, PayloadIsBytes = message.Text is null, Variables = all };
            return new Rendered(true, template.Render(context).Text);
        }
        catch (TemplateError error) when (error.KeepsPayload && keepsPayload)
        {
            return new Rendered(true, message.Text ?? "", Describe(error));
        }
        catch (TemplateError error)
        {
            return new Rendered(false, "", Describe(error));
        }
    }

    /// <summary>A template's error with its place.</summary>
    public static string Describe(TemplateError error) =>
        error.Line > 0 ? $"{error.Message} (line {error.Line}, column {error.Column})" : error.Message;
}

/// <summary>A template for messages that go out, or none: then the value itself is sent.</summary>
internal sealed class CommandTemplate(Template? template, Encoding? encoding = null)
{
    /// <summary>Whether there is a template.</summary>
    public bool IsGiven => template is not null;

    /// <summary>Renders a payload from the variable <c>value</c> and further ones.</summary>
    /// <exception cref="CommandRefusedException">The template fails.</exception>
    public ReadOnlyMemory<byte> Render(
        object? value, EntityVariables variables, IReadOnlyDictionary<string, object?>? further = null)
    {
        if (template is null)
        {
            return BytesOf(TextOf(value));
        }

        var all = new Dictionary<string, object?>(variables.Of(template), StringComparer.Ordinal) { ["value"] = value };
        foreach (var (name, one) in further ?? FrozenDictionary<string, object?>.Empty)
        {
            all[name] = one;
        }

        try
        {
            var text = template.Render(new TemplateContext { Variables = all }).Text;
            return NativeValue.ParseBytes(text) ?? BytesOf(text);
        }
        catch (TemplateError error)
        {
            throw new CommandRefusedException(
                CommandCodes.InternalError, $"The command's template fails: {ValueTemplate.Describe(error)}");
        }
    }

    private byte[] BytesOf(string text)
    {
        try
        {
            return (encoding ?? Encoding.UTF8).GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new CommandRefusedException(
                CommandCodes.InvalidParameter, $"The device's text encoding {encoding!.WebName} cannot write {text}.");
        }
    }

    /// <summary>Python's text of a value, which is what Home Assistant publishes.</summary>
    public static string TextOf(object? value) => value switch
    {
        null => "None",
        string text => text,
        bool flag => flag ? "True" : "False",
        double number => JsonText.Of(number),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
