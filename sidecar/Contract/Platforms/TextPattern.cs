using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// A pattern that a device declares for a text. It comes from outside, so it may not cost more than linear time; one that needs look-around or
/// back-references runs with a time limit, and all of a device share a budget (<see cref="PatternBudget"/>): the state path must not stand still for one device. As in Home Assistant
/// it must match from the start, but not to the end.
/// </summary>
internal sealed class TextPattern(string pattern) : IEquatable<TextPattern>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(20);
    private Regex? _regex;

    public string Pattern => pattern;

    /// <summary>What it spends; its own until it shares another's.</summary>
    public PatternBudget Budget { get; set; } = new();

    /// <summary>Why the pattern cannot be used; null when it can.</summary>
    public static string? Refuse(string pattern)
    {
        try
        {
            // Only the syntax: the matcher in linear time costs more to build, and is built when the first text comes.
            _ = new Regex(Anchored(pattern), RegexOptions.CultureInvariant, Limit);
            return null;
        }
        catch (ArgumentException e)
        {
            return Json.Bounded.Text(e.Message, 200);
        }
    }

    public bool Matches(ReadOnlySpan<byte> utf8)
    {
        if (!Budget.IsLeft)
        {
            return true;
        }

        var rented = ArrayPool<char>.Shared.Rent(utf8.Length);
        try
        {
            var length = Encoding.UTF8.GetChars(utf8, rented);
            return Matches(_regex ??= Compile(), rented.AsSpan(0, length));
        }
        catch (RegexMatchTimeoutException)
        {
            Budget.Spend();
            return false;
        }
        catch (ArgumentException)
        {
            // Stored by a version whose patterns are not ours: a rule that cannot be checked is no reason to lose the state.
            return true;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary>Whether it looks around or back, so that no matcher in linear time can be had for it. By its signs alone: building one costs too much for an announcement.</summary>
    public static bool LooksAround(string pattern)
    {
        var isClass = false;
        for (var i = 0; i < pattern.Length - 1; i++)
        {
            var (sign, next) = (pattern[i], pattern[i + 1]);
            if (sign == '\\')
            {
                if (!isClass && (next is >= '1' and <= '9' or 'k'))
                {
                    return true;
                }

                i++;
            }
            else if (isClass)
            {
                isClass = sign != ']';
            }
            else if (sign == '[')
            {
                isClass = true;

                // A bracket that stands first is one of the characters.
                i += next == '^' ? 1 : 0;
                i += i + 1 < pattern.Length && pattern[i + 1] == ']' ? 1 : 0;
            }
            else if (sign == '(' && next == '?' && IsLook(pattern.AsSpan(i + 2)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLook(ReadOnlySpan<char> group) =>
        group.StartsWith("=") || group.StartsWith("!") || group.StartsWith("<=") || group.StartsWith("<!") || group.StartsWith(">") || group.StartsWith("(") || group.StartsWith("P=");

    public bool Equals(TextPattern? other) => other is not null && string.Equals(pattern, other.Pattern, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as TextPattern);

    public override int GetHashCode() => pattern.GetHashCode(StringComparison.Ordinal);

    /// <summary>Matching from the start; with named groups in Python's spelling, since that is what Home Assistant takes.</summary>
    private static string Anchored(string pattern) => $@"\A(?:{pattern.Replace("(?P<", "(?<", StringComparison.Ordinal)})";

    private bool Matches(Regex regex, ReadOnlySpan<char> text)
    {
        var began = Budget.Now;
        try
        {
            return regex.IsMatch(text);
        }
        finally
        {
            Budget.Tried(began, Limit);
        }
    }

    private Regex Compile()
    {
        var anchored = Anchored(pattern);
        if (Budget.TryBuildLinear())
        {
            try
            {
                return new Regex(anchored, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Limit);
            }
            catch (NotSupportedException)
            {
                // Look-around or back-references, or too large for it.
            }
        }

        return new Regex(anchored, RegexOptions.CultureInvariant, Limit);
    }
}
