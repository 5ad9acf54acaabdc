using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.States;

/// <summary>
/// Builds one entity's state. What is wrong makes that value alone unknown: the state, or the one attribute. For one call; it
/// must be disposed.
/// </summary>
internal ref struct EntityStateReader
{
    /// <summary>The most members of one state.</summary>
    public const int MaxMembers = 128;

    /// <summary>Home Assistant's recorder drops larger ones.</summary>
    private const int MaxAttributeBytes = 16 * 1024;

    private readonly EntityDescription _entity;
    private readonly Span<byte> _unescaped;
    private StateParts _parts;
    private ReadOnlySpan<byte> _json;
    private readonly Span<Member> _members;
    private int _count;

    /// <param name="entity">Whose state it is.</param>
    /// <param name="attributes">One item for each attribute that the platform knows, cleared.</param>
    /// <param name="members">Takes the members of an object, at most <see cref="MaxMembers"/>.</param>
    /// <param name="unescaped">Takes texts whose escapes must be resolved: at least as long as the payload.</param>
    /// <param name="capacity">About how long the payload is.</param>
    public EntityStateReader(
        EntityDescription entity,
        Span<(int Start, int Length)> attributes,
        Span<Member> members,
        Span<byte> unescaped,
        int capacity)
    {
        _entity = entity;
        _members = members;
        _unescaped = unescaped;
        _parts = new StateParts(entity.Key, attributes, new Scratch(capacity + 64));
        Unavailable = false;
    }

    /// <summary>Whether the state makes the entity unavailable.</summary>
    public bool Unavailable { get; private set; }

    /// <summary>What was wrong.</summary>
    public readonly IReadOnlyList<StateProblem> Problems => _parts.Problems;

    /// <summary>Reads a value.</summary>
    public void Read(RawValue value, ref StateMemory memory)
    {
        if (value.Kind == RawKind.Object)
        {
            ReadObject(value.Bytes);
        }
        else
        {
            ReadState(value, inObject: false);
        }

        if (!Unavailable)
        {
            _entity.Rules.Platform.Complete(_entity.Rules, ref _parts, ref memory);
        }
    }

    /// <summary>Appends the normalised state.</summary>
    public readonly void Write(scoped ref Scratch output)
    {
        if (Unavailable)
        {
            output.Append("\"unavailable\""u8);
            return;
        }

        var attributes = _entity.Rules.Platform.Attributes;
        var start = output.Length;
        output.Append("{\"state\":"u8);
        output.Append(_parts.State.Length == 0 ? "null"u8 : _parts.StateJson);
        var end = output.Length;
        for (var i = 0; i < attributes.Count; i++)
        {
            if (_parts.Has(i))
            {
                output.Append((byte)',');
                output.Append(attributes[i].Member);
                output.Append(_parts[i]);
            }
        }

        foreach (var member in _members[.._count])
        {
            if (member.IsExtra)
            {
                output.Append((byte)',');
                output.AppendString(member.Name(_json));
                output.Append((byte)':');
                output.Append(member.Value(_json));
            }
        }

        if (output.Length == end)
        {
            // A state without attributes is written as its scalar.
            output.Truncate(start);
            output.Append(_parts.State.Length == 0 ? "null"u8 : _parts.StateJson);
            return;
        }

        output.Append((byte)'}');
    }

    public void Dispose() => _parts.Scratch.Dispose();

    private void ReadState(RawValue value, bool inObject)
    {
        _parts.IsStateGiven = true;
        var rule = _entity.Rules.State!;
        if (value.Kind == RawKind.Null)
        {
            return;
        }

        if (value.Kind == RawKind.Text && value.Word.SequenceEqual("unavailable"u8))
        {
            Unavailable = true;
            return;
        }

        var start = _parts.Scratch.Length;
        if (rule.TryWrite(_entity.Rules, value, ref _parts.Scratch))
        {
            _parts.State = (start, _parts.Scratch.Length - start);
            return;
        }

        _parts.Scratch.Truncate(start);

        // Home Assistant's own words; a text or an option of that name was accepted above.
        if (value.Kind == RawKind.Text && Ascii.EqualsIgnoreCase(value.Word, "unavailable"u8))
        {
            Unavailable = true;
        }
        else if (!value.IsUnknown)
        {
            _parts.Wrong(inObject ? "state" : null, rule.Refusal(_entity.Rules, value, _entity.HasSecretState));
        }
    }

    private void ReadObject(ReadOnlySpan<byte> json)
    {
        _json = json;
        var reader = new Utf8JsonReader(json, JsonCheck.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            var member = new Member((int)reader.TokenStartIndex + 1, name.Length);

            // Names are compared as they were sent, so escapes are refused.
            var isBad = reader.ValueIsEscaped || name.Length is 0 or > 255;
            reader.Read();
            if (isBad)
            {
                _parts.Wrong(null, "an attribute's name is empty, longer than 255 bytes or has escapes");
                reader.Skip();
            }
            else if (!TryDropFirst(name))
            {
                reader.Skip();
            }
            else if (_count == _members.Length)
            {
                _parts.Wrong(null, $"more than {MaxMembers} attributes; the rest is left out");
                break;
            }
            else
            {
                ReadMember(ref member, name, ref reader);
                _members[_count++] = member;
            }
        }

        DropWhatIsTooLong();
    }

    /// <summary>False when there was such a member before: of two values none counts.</summary>
    private bool TryDropFirst(ReadOnlySpan<byte> name)
    {
        foreach (ref var member in _members[.._count])
        {
            if (!name.SequenceEqual(member.Name(_json)))
            {
                continue;
            }

            if (member.IsExtra)
            {
                member = member with { ValueLength = 0 };
            }
            else if (_entity.Rules.Platform.AttributeIndex(name) is >= 0 and var attribute)
            {
                _parts.Drop(attribute);
            }
            else if (name.SequenceEqual("state"u8))
            {
                _parts.State = default;
                Unavailable = false;
            }

            _parts.Wrong(Encoding.UTF8.GetString(name), "given twice");
            return false;
        }

        return true;
    }

    private void ReadMember(ref Member member, ReadOnlySpan<byte> name, scoped ref Utf8JsonReader reader)
    {
        RawValue value;
        var start = (int)reader.TokenStartIndex;
        var attribute = _entity.Rules.Platform.AttributeIndex(name);
        try
        {
            value = RawValue.Read(ref reader, _json, _unescaped);
        }
        catch (InvalidOperationException)
        {
            _parts.Wrong(Encoding.UTF8.GetString(name), "half a surrogate pair");
            _parts.IsStateGiven |= name.SequenceEqual("state"u8);
            return;
        }

        if (name.SequenceEqual("state"u8))
        {
            ReadState(value, inObject: true);
        }
        else if (attribute >= 0)
        {
            ReadKnown(attribute, value);
        }
        else if (JsonCheck.IsReadable(_json[start..(int)reader.BytesConsumed], _unescaped))
        {
            member = member with { ValueStart = start, ValueLength = (int)reader.BytesConsumed - start };
        }
        else
        {
            _parts.Wrong(Encoding.UTF8.GetString(name), "half a surrogate pair, or a number beyond a double's range");
        }
    }

    private void ReadKnown(int attribute, RawValue value)
    {
        if (value.Kind == RawKind.Null)
        {
            // Unknown, as if it were absent.
            return;
        }

        var known = _entity.Rules.Platform.Attributes[attribute];
        var start = _parts.Scratch.Length;
        List<RecordProblem>? leftOut = null;
        if (known.Rule is RecordsRule records
            ? records.TryWrite(_entity.Rules, known.Name, value, ref _parts.Scratch, ref leftOut)
            : known.Rule.TryWrite(_entity.Rules, value, ref _parts.Scratch))
        {
            _parts.Set(attribute, start, _parts.Scratch.Length - start);
            if (leftOut is not null)
            {
                NoteLeftOut(leftOut);
            }

            return;
        }

        _parts.Scratch.Truncate(start);
        _parts.Wrong(known.Name, known.Rule.Refusal(_entity.Rules, value, _entity.HasSecretState));
    }

    private void NoteLeftOut(List<RecordProblem> leftOut)
    {
        foreach (var (path, message) in leftOut)
        {
            _parts.Wrong(path, message);
        }
    }

    /// <summary>
    /// Leaves out extra attributes from the end until the rest is short enough; the platform's own are short. A list of records
    /// is no attribute in Home Assistant, so only the length of the message limits it.
    /// </summary>
    private void DropWhatIsTooLong()
    {
        var length = _parts.Scratch.Length;
        var attributes = _entity.Rules.Platform.Attributes;
        for (var i = 0; i < attributes.Count; i++)
        {
            length -= attributes[i].Rule is RecordsRule ? _parts[i].Length : 0;
        }

        foreach (var member in _members[.._count])
        {
            length += member.Length;
        }

        for (var i = _count - 1; length > MaxAttributeBytes && i >= 0; i--)
        {
            ref var member = ref _members[i];
            if (member.IsExtra)
            {
                length -= member.Length;
                _parts.Wrong(
                    Encoding.UTF8.GetString(member.Name(_json)),
                    $"left out: the attributes have more than {MaxAttributeBytes} bytes");
                member = member with { ValueLength = 0 };
            }
        }
    }

    /// <summary>Where a member is in the JSON. Only an extra attribute has a value here.</summary>
    internal readonly record struct Member(int NameStart, int NameLength)
    {
        public int ValueStart { get; init; }

        public int ValueLength { get; init; }

        public bool IsExtra => ValueLength > 0;

        /// <summary>How long it is in the normal form; 0 for what is no extra attribute.</summary>
        public int Length => IsExtra ? NameLength + ValueLength + 4 : 0;

        public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> json) => json.Slice(NameStart, NameLength);

        public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> json) => json.Slice(ValueStart, ValueLength);
    }
}
