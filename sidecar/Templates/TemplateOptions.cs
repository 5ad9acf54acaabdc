namespace HaNatsBridge.Templates;

/// <summary>What a template knows of the world, and how much it may use.</summary>
public sealed record TemplateOptions
{
    /// <summary>UTC, the system's clock, the usual limits.</summary>
    public static TemplateOptions Default { get; } = new();

    /// <summary>Clock of <c>now()</c>, <c>utcnow()</c>, <c>today_at()</c> and the relative times.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Home Assistant's time zone.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>
    /// Time zone of the Home Assistant process. Only <c>as_timestamp</c> and <c>.timestamp()</c> of a time without zone use it.
    /// </summary>
    public TimeZoneInfo ProcessTimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>How much one rendering may use.</summary>
    public TemplateLimits Limits { get; init; } = TemplateLimits.Default;
}

/// <summary>Bounds for one template. A template that reaches one fails with <see cref="TemplateErrorKind.Limit"/>.</summary>
public sealed record TemplateLimits
{
    /// <summary>The usual limits.</summary>
    public static TemplateLimits Default { get; } = new();

    /// <summary>Length of a template in characters. Default 256 Ki.</summary>
    public int Source { get; init; } = 256 * 1024;

    /// <summary>Length of the rendered text in characters. Default 256 Ki, as Home Assistant's.</summary>
    public int Output { get; init; } = 256 * 1024;

    /// <summary>Statements, calls and items that one rendering may process. Default 1,000,000.</summary>
    public int Steps { get; init; } = 1_000_000;

    /// <summary>Memory that one rendering may ask for in total, in bytes, roughly. Default 64 MiB.</summary>
    public long Memory { get; init; } = 64 * 1024 * 1024;

    /// <summary>Macros inside macros. Default 100.</summary>
    public int Depth { get; init; } = 100;
}
