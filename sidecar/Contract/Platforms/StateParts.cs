using System.Text;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>A state while it is built: the positions of its normalised parts in the scratch, and what was wrong.</summary>
internal ref struct StateParts(string key, Span<(int Start, int Length)> attributes, Scratch scratch)
{
    /// <summary>The most problems of one message; what is wrong beyond them is unknown all the same.</summary>
    private const int MaxProblems = 10;

    /// <summary>Holds the parts' JSON.</summary>
    public Scratch Scratch = scratch;

    private readonly Span<(int Start, int Length)> _attributes = attributes;
    private readonly string _key = key;
    private List<StateProblem>? _problems;

    /// <summary>What was wrong.</summary>
    public readonly IReadOnlyList<StateProblem> Problems => _problems is null ? Array.Empty<StateProblem>() : _problems;

    /// <summary>The state's start and length; length 0: unknown.</summary>
    public (int Start, int Length) State { get; set; }

    /// <summary>Whether the message has a state, also null or a wrong one.</summary>
    public bool IsStateGiven { get; set; }

    /// <summary>The state as JSON; empty when unknown.</summary>
    public readonly ReadOnlySpan<byte> StateJson => Scratch.Slice(State.Start, State.Length);

    /// <summary>An attribute as JSON; empty when it is not there.</summary>
    public readonly ReadOnlySpan<byte> this[int attribute] =>
        Scratch.Slice(_attributes[attribute].Start, _attributes[attribute].Length);

    /// <summary>Whether an attribute is there.</summary>
    public readonly bool Has(int attribute) => _attributes[attribute].Length > 0;

    /// <summary>Sets the position of an attribute in the scratch.</summary>
    public readonly void Set(int attribute, int start, int length) => _attributes[attribute] = (start, length);

    /// <summary>Removes an attribute.</summary>
    public readonly void Drop(int attribute) => _attributes[attribute] = default;

    /// <summary>Notes what is wrong.</summary>
    /// <param name="attribute">The attribute; null: the entity's value as a whole.</param>
    /// <param name="message">What is wrong and what would be right.</param>
    /// <param name="isWarning">Whether nothing became unknown by it.</param>
    public void Wrong(string? attribute, string message, bool isWarning = false)
    {
        _problems ??= [];
        if (_problems.Count < MaxProblems)
        {
            var path = attribute is null ? _key : JsonPath.Member(_key, attribute);
            _problems.Add(new StateProblem(path, message, isWarning));
        }
    }

    /// <summary>
    /// As Home Assistant's own: what reports its position and no state is closed at 0, else open.
    /// </summary>
    public void SetStateByPosition(int attribute)
    {
        if (!IsStateGiven && Has(attribute))
        {
            var state = this[attribute].SequenceEqual("0"u8) ? "\"closed\""u8 : "\"open\""u8;
            State = (Scratch.Length, state.Length);
            Scratch.Append(state);
        }
    }

    /// <summary>Sets an attribute to a short text.</summary>
    public void SetText(int attribute, string text)
    {
        Span<byte> utf8 = stackalloc byte[256];
        var length = Encoding.UTF8.GetBytes(text, utf8);
        var start = Scratch.Length;
        Scratch.AppendString(utf8[..length]);
        Set(attribute, start, Scratch.Length - start);
    }
}
