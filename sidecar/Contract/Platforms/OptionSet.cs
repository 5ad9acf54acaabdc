using System.Text;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// The words that a description declares or a platform knows, looked up by UTF-8 without allocation. Immutable.
/// </summary>
internal sealed class OptionSet : IEquatable<OptionSet>
{
    private readonly string[] _words;
    private readonly byte[][] _utf8;

    public OptionSet(IEnumerable<string> words)
    {
        _words = [.. words];
        _utf8 = Array.ConvertAll(_words, Encoding.UTF8.GetBytes);
    }

    public IReadOnlyList<string> Words => _words;

    public int Count => _words.Length;

    /// <summary>The index of the word; -1 when it is none of them.</summary>
    public int IndexOf(ReadOnlySpan<byte> utf8)
    {
        for (var i = 0; i < _utf8.Length; i++)
        {
            if (utf8.SequenceEqual(_utf8[i]))
            {
                return i;
            }
        }

        return -1;
    }

    public bool Contains(ReadOnlySpan<byte> utf8) => IndexOf(utf8) >= 0;

    public bool Contains(string word) => Array.IndexOf(_words, word) >= 0;

    /// <summary>The word as it is spelled here, whatever its case; null when it is none of them.</summary>
    public string? Spell(string word) => Array.Find(_words, known => known.Equals(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>As <see cref="Spell(string)"/>, in UTF-8.</summary>
    public byte[]? Spell(ReadOnlySpan<byte> utf8)
    {
        foreach (var known in _utf8)
        {
            if (Ascii.EqualsIgnoreCase(utf8, known))
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>For a message: <c>one of heat, off</c>, at most ten.</summary>
    public string Describe()
    {
        const int Shown = 10;
        return _words.Length switch
        {
            0 => "nothing, since none is declared",
            1 => _words[0],
            <= Shown => "one of " + string.Join(", ", _words),
            _ => $"one of {string.Join(", ", _words.AsSpan(0, Shown).ToArray())} and {_words.Length - Shown} more",
        };
    }

    public bool Equals(OptionSet? other) => other is not null && _words.AsSpan().SequenceEqual(other._words);

    public override bool Equals(object? obj) => Equals(obj as OptionSet);

    public override int GetHashCode() =>
        HashCode.Combine(_words.Length, _words.Length == 0 ? 0 : _words[0].GetHashCode(StringComparison.Ordinal));
}
