using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// A pattern that a device declares for a text. As in Home Assistant it must match from the start, but not to the end.
/// </summary>
/// <remarks>
/// It comes from outside, so it is matched without backtracking: what that cannot do is refused. The time for a text is then the
/// time for building the automaton, which grows with the texts that it has matched. Three limits bound it: <see
/// cref="MaxStates"/>, <see cref="MaxGrowth"/>, and the number of patterns of a device (<see
/// cref="Announcements.PatternCheck"/>).
/// </remarks>
internal sealed class TextPattern(string pattern) : IEquatable<TextPattern>
{
    /// <summary>
    /// The most states of the automaton, as .NET estimates them: <c>.{64}</c> has 325. A text of 255 characters takes up to 50 ms
    /// with a hostile pattern of 500, up to 11 s with the default of 10,000.
    /// </summary>
    private const int MaxStates = 500;

    /// <summary>
    /// How many bytes the automaton may allocate; beyond it each text is accepted. Ordinary patterns need a tenth.
    /// </summary>
    private const long MaxGrowth = 1_000_000;

    private Regex? _regex;
    private long _growth;
    private volatile bool _isOff;

    // The only place where .NET reads this limit.
    static TextPattern() => AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", MaxStates);

    public string Pattern => pattern;

    /// <summary>Why the pattern cannot be used; null when it can.</summary>
    public static string? Refuse(string pattern)
    {
        try
        {
            Compile(pattern);
            return null;
        }
        catch (ArgumentException e)
        {
            return $"expected a regular expression: {Bounded.Text(e.Message, 200)}";
        }
        catch (NotSupportedException e)
        {
            return "expected a regular expression without lookaround, backreferences, atomic groups and long repetitions "
                + $"(min and max bound the length): {Bounded.Text(e.Message, 250)}";
        }
    }

    public bool Matches(ReadOnlySpan<byte> utf8)
    {
        if (_isOff)
        {
            return true;
        }

        var rented = ArrayPool<char>.Shared.Rent(utf8.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var regex = _regex ??= Compile(pattern);
            before = GC.GetAllocatedBytesForCurrentThread();
            return regex.IsMatch(rented.AsSpan(0, Encoding.UTF8.GetChars(utf8, rented)));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // Stored by a version that accepted it: a rule that cannot be checked must not lose the state.
            SwitchOff();
            return true;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
            if (Interlocked.Add(ref _growth, GC.GetAllocatedBytesForCurrentThread() - before) > MaxGrowth)
            {
                SwitchOff();
            }
        }
    }

    public bool Equals(TextPattern? other) =>
        other is not null && string.Equals(pattern, other.Pattern, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as TextPattern);

    public override int GetHashCode() => pattern.GetHashCode(StringComparison.Ordinal);

    /// <summary>Matches from the start; named groups are in Python's spelling, as in Home Assistant.</summary>
    private static Regex Compile(string pattern) => new(
        $@"\A(?:{pattern.Replace("(?P<", "(?<", StringComparison.Ordinal)})",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private void SwitchOff()
    {
        _isOff = true;
        _regex = null;
    }
}
