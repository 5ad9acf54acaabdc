namespace HaNatsBridge.Contract.Platforms;

/// <summary>What a field of a description holds.</summary>
internal enum FieldKind
{
    /// <summary>Any text of bounded length.</summary>
    Text,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A number within limits.</summary>
    Number,

    /// <summary>A whole number within limits.</summary>
    Whole,

    /// <summary>One of the words that Home Assistant knows.</summary>
    Word,

    /// <summary>A list of such words, none twice, at least one.</summary>
    Words,

    /// <summary>A list of free texts, none twice, at least one.</summary>
    Texts,

    /// <summary>A regular expression.</summary>
    Pattern,

    /// <summary>A text, or null where null says something else than absence.</summary>
    TextOrNull,
}
