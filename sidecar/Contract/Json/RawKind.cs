namespace HaNatsBridge.Contract.Json;

/// <summary>What a <see cref="RawValue"/> is.</summary>
internal enum RawKind
{
    Null,
    True,
    False,
    Number,
    Text,
    Array,
    Object,
}
