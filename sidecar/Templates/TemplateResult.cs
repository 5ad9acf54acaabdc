namespace HaNatsBridge.Templates;

/// <summary>What a template gave.</summary>
/// <param name="Text">The text, without white space around it.</param>
public readonly record struct TemplateResult(string Text)
{
    /// <summary>The value that Home Assistant makes of the text where it wants a native type (not in MQTT).</summary>
    public object? Native => NativeValue.Parse(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
