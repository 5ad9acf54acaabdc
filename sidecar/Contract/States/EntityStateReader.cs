using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.States;

/// <summary>Builds one entity's state. For one call; it must be disposed.</summary>
internal ref struct EntityStateReader
{
    /// <summary>The most attributes of one state.</summary>
    private const int MaxAttributes = 128;

    /// <summary>Home Assistant's recorder drops larger ones.</summary>
    private const int MaxAttributeBytes = 16 * 1024;

    private readonly EntityDescription _entity;
    private readonly Span<byte> _unescaped;
    private StateParts _parts;
    private Scratch _extras;
    private int _extraCount;

    /// <param name="entity">Whose state it is.</param>
    /// <param name="attributes">One item for each attribute that the platform knows, cleared.</param>
    /// <param name="unescaped">Takes texts whose escapes must be resolved: at least as long as the payload.</param>
    /// <param name="capacity">About how long the payload is.</param>
    public EntityStateReader(
        EntityDescription entity, Span<(int Start, int Length)> attributes, Span<byte> unescaped, int capacity)
    {
        _entity = entity;
        _unescaped = unescaped;
        _parts = new StateParts(attributes, new Scratch(capacity + 64));
        _extras = new Scratch(64);
        Unavailable = false;
    }

    /// <summary>Whether the state makes the entity unavailable.</summary>
    public bool Unavailable { get; private set; }

    /// <summary>Reads a value; false with the problem when it is wrong.</summary>
    public bool TryRead(RawValue value, out StateProblem problem)
    {
        var whole = value.Kind == RawKind.Object
            ? TryReadObject(value.Bytes, out problem)
            : TryReadState(value, inObject: false, out problem);
        if (!whole || Unavailable)
        {
            return whole;
        }

        _entity.Rules.Platform.Complete(_entity.Rules, ref _parts);
        if (_entity.Rules.Platform.Refuse(_entity.Rules, ref _parts) is { } refused)
        {
            return Wrong($"{_entity.Key}.{refused.Attribute}", refused.Message, out problem);
        }

        return true;
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
        var any = _extraCount > 0;
        for (var i = 0; i < attributes.Count; i++)
        {
            any |= _parts.Has(i);
        }

        var state = _parts.State.Length == 0 ? "null"u8 : _parts.StateJson;
        if (!any)
        {
            output.Append(state);
            return;
        }

        output.Append("{\"state\":"u8);
        output.Append(state);
        for (var i = 0; i < attributes.Count; i++)
        {
            if (_parts.Has(i))
            {
                output.Append((byte)',');
                output.Append(attributes[i].Member);
                output.Append(_parts[i]);
            }
        }

        output.Append(_extras.Written);
        output.Append((byte)'}');
    }

    public void Dispose()
    {
        _parts.Scratch.Dispose();
        _extras.Dispose();
    }

    private static bool Wrong(string path, string message, out StateProblem problem)
    {
        problem = new StateProblem(path, message);
        return false;
    }

    private bool TryReadState(RawValue value, bool inObject, out StateProblem problem)
    {
        problem = default;
        _parts.IsStateGiven = true;
        var rule = _entity.Rules.State!;
        if (value.Kind == RawKind.Null)
        {
            return true;
        }

        if (value.Kind == RawKind.Text && value.Word.SequenceEqual("unavailable"u8))
        {
            Unavailable = true;
            return true;
        }

        var start = _parts.Scratch.Length;
        if (rule.TryWrite(_entity.Rules, value, ref _parts.Scratch))
        {
            _parts.State = (start, _parts.Scratch.Length - start);
            return true;
        }

        _parts.Scratch.Truncate(start);

        // Home Assistant's word for null; a text or an option of that name was accepted above.
        return (value.Kind == RawKind.Text && value.Word.SequenceEqual("unknown"u8))
            || Wrong(inObject ? _entity.Key + ".state" : _entity.Key, rule.Refusal(_entity.Rules, value, _entity.HasSecretState), out problem);
    }

    private bool TryReadObject(ReadOnlySpan<byte> json, out StateProblem problem)
    {
        var reader = new Utf8JsonReader(json, JsonCheck.ReaderOptions);
        reader.Read();
        var seenState = false;
        Span<(int Start, int Length)> names = stackalloc (int, int)[MaxAttributes];
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (count == MaxAttributes)
            {
                return Wrong(_entity.Key, $"more than {MaxAttributes} attributes", out problem);
            }

            // Names are compared as they were sent, so escapes are refused.
            var name = reader.ValueSpan;
            if (reader.ValueIsEscaped || name.Length is 0 or > 255)
            {
                return Wrong(_entity.Key, "an attribute's name is empty, longer than 255 bytes or has escapes", out problem);
            }

            foreach (var (start, length) in names[..count])
            {
                if (name.SequenceEqual(json.Slice(start, length)))
                {
                    return Wrong(PathOf(name), "given twice", out problem);
                }
            }

            names[count++] = ((int)reader.TokenStartIndex + 1, name.Length);
            reader.Read();
            var isState = !seenState && name.SequenceEqual("state"u8);
            seenState |= isState;
            if (!TryReadMember(name, isState, ref reader, json, out problem))
            {
                return false;
            }
        }

        if (_parts.Scratch.Length + _extras.Length > MaxAttributeBytes)
        {
            return Wrong(_entity.Key, $"the attributes have more than {MaxAttributeBytes} bytes", out problem);
        }

        problem = default;
        return true;
    }

    private bool TryReadMember(
        ReadOnlySpan<byte> name, bool isState, scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json,
        out StateProblem problem)
    {
        RawValue value;
        var start = (int)reader.TokenStartIndex;
        try
        {
            value = RawValue.Read(ref reader, json, _unescaped);
        }
        catch (InvalidOperationException)
        {
            return Wrong(PathOf(name), "half a surrogate pair", out problem);
        }

        if (isState)
        {
            return TryReadState(value, inObject: true, out problem);
        }

        var attribute = _entity.Rules.Platform.AttributeIndex(name);
        return attribute >= 0
            ? TryReadKnown(attribute, value, out problem)
            : TryReadExtra(name, json[start..(int)reader.BytesConsumed], out problem);
    }

    private bool TryReadKnown(int attribute, RawValue value, out StateProblem problem)
    {
        problem = default;
        if (value.Kind == RawKind.Null)
        {
            // Unknown, as if it were absent.
            return true;
        }

        var known = _entity.Rules.Platform.Attributes[attribute];
        var start = _parts.Scratch.Length;
        if (!known.Rule.TryWrite(_entity.Rules, value, ref _parts.Scratch))
        {
            return Wrong($"{_entity.Key}.{known.Name}", known.Rule.Refusal(_entity.Rules, value, _entity.HasSecretState), out problem);
        }

        _parts.Set(attribute, start, _parts.Scratch.Length - start);
        return true;
    }

    private bool TryReadExtra(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json, out StateProblem problem)
    {
        if (!JsonCheck.IsReadable(json, _unescaped))
        {
            return Wrong(PathOf(name), "half a surrogate pair, or a number beyond a double's range", out problem);
        }

        problem = default;
        _extras.Append((byte)',');
        _extras.AppendString(name);
        _extras.Append((byte)':');
        _extras.Append(json);
        _extraCount++;
        return true;
    }

    private readonly string PathOf(ReadOnlySpan<byte> name) => JsonPath.Member(_entity.Key, Encoding.UTF8.GetString(name));
}
