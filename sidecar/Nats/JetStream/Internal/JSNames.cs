using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace NATS.Client.JetStream.Internal;

/// <summary>Checks names before they become part of a subject (ADR-6: naming rules).</summary>
internal static class JSNames
{
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" .*>/\\\t\r\n\0");

    internal static void CheckStream([NotNull] string? name, string parameter) => Check(name, "stream", parameter);

    internal static void CheckConsumer([NotNull] string? name, string parameter) => Check(name, "consumer", parameter);

    private static void Check([NotNull] string? name, string what, string parameter)
    {
        ArgumentNullException.ThrowIfNull(name, parameter);
        if (name.Length == 0)
        {
            throw new ArgumentException($"The {what} name is empty", parameter);
        }

        var at = name.AsSpan().IndexOfAny(Forbidden);
        if (at < 0)
        {
            at = name.AsSpan().IndexOfAnyExceptInRange('!', '~');
        }

        if (at >= 0)
        {
            throw new ArgumentException($"The {what} name contains {Describe(name[at])}, which is not allowed there", parameter);
        }
    }

    private static string Describe(char c) => c switch
    {
        ' ' => "a space",
        < ' ' or '\x7f' => "a control character",
        > '~' => "a character outside ASCII",
        _ => $"'{c}'",
    };
}
