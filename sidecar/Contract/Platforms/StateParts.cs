using System.Text;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>A state while it is built: the positions of its normalised parts in the scratch.</summary>
internal ref struct StateParts(Span<(int Start, int Length)> attributes, Scratch scratch)
{
    /// <summary>Holds the parts' JSON.</summary>
    public Scratch Scratch = scratch;

    private readonly Span<(int Start, int Length)> _attributes = attributes;

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

    /// <summary>Sets the state.</summary>
    public void SetState(scoped ReadOnlySpan<byte> json)
    {
        State = (Scratch.Length, json.Length);
        Scratch.Append(json);
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
