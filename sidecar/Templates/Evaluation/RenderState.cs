using HaNatsBridge.Templates.Json;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Evaluation;

/// <summary>One rendering: its variables, its clock, and what it has used of the limits.</summary>
internal sealed class RenderState
{
    private const int MaxText = 4 * 1024 * 1024;

    private readonly TemplateContext _context;
    private readonly TemplateLimits _limits;
    private object? _json;
    private object? _value;
    private int _steps;
    private long _memory;
    private int _depth;
    private TimeZoneValue? _zone;

    public RenderState(TemplateOptions options, TemplateContext context, RegexCache patterns)
    {
        (Options, _context, Patterns) = (options, context, patterns);
        _limits = options.Limits;
        _steps = _limits.Steps;
        _memory = _limits.Memory;
    }

    public TemplateOptions Options { get; }

    public RegexCache Patterns { get; }

    /// <summary>Where the rendering is in the template's text.</summary>
    public int Position { get; set; }

    public int MaxOutput => _limits.Output;

    public TimeZoneValue Zone => _zone ??= TimeZoneValue.Of(Options.TimeZone);

    public DateTimeValue UtcNow => DateTimeValue.FromUtc(Options.Clock.GetUtcNow().UtcTicks / 10, TimeZoneValue.Utc);

    public DateTimeValue Now => DateTimeValue.FromUtc(Options.Clock.GetUtcNow().UtcTicks / 10, Zone);

    public void Step()
    {
        if (--_steps < 0)
        {
            throw Fail.Limit($"the template needs more than {_limits.Steps} steps");
        }
    }

    public void Steps(long count)
    {
        _steps = (int)Math.Max(int.MinValue / 2, _steps - Math.Max(0, count));
        Step();
    }

    /// <summary>Counts a text of so many characters before it is made.</summary>
    public void Charge(long characters, long times = 1)
    {
        var size = (decimal)characters * times;
        if (size > MaxText)
        {
            throw Fail.Limit($"a text would be longer than {MaxText} characters");
        }

        Use(32 + (2 * (long)size));
    }

    /// <summary>Counts a list of so many items before it is made.</summary>
    public void ChargeItems(long items, long times = 1)
    {
        var size = (decimal)items * times;
        if (size > MaxText)
        {
            throw Fail.Limit($"a list would be longer than {MaxText} items");
        }

        Use(32 + (16 * (long)size));
    }

    private void Use(long bytes)
    {
        _memory -= bytes;
        if (_memory < 0)
        {
            throw Fail.Limit($"the template needs more than {_limits.Memory} bytes of memory");
        }
    }

    public void Enter()
    {
        if (++_depth > _limits.Depth)
        {
            throw Fail.Recursion();
        }

        Show.Guard();
    }

    public void Leave() => _depth--;

    /// <summary>The items of a value; each is a step.</summary>
    public IEnumerable<object?> Items(object? value) => value is SequenceValue or Undefined
        ? Known(value)
        : Counted(Types.Items(value));

    /// <summary>The items in a list of their own.</summary>
    public List<object?> List(object? value)
    {
        var length = value is GeneratorValue ? -1 : Types.LengthOrNone(value);
        if (length > 0)
        {
            ChargeItems(length);
        }

        var list = length > 0 ? new List<object?>((int)length) : [];
        foreach (var item in Items(value))
        {
            if (length < 0)
            {
                Use(16);
            }

            list.Add(item);
        }

        return list;
    }

    private IEnumerable<object?> Known(object? value)
    {
        var items = value is SequenceValue list ? list.Items : [];
        Steps(items.Length);
        return items;
    }

    private IEnumerable<object?> Counted(IEnumerable<object?> items)
    {
        foreach (var item in items)
        {
            Step();
            yield return item;
        }
    }

    /// <summary>A variable of the caller or of the environment.</summary>
    public object? Variable(string name, VariableKind kind)
    {
        if (_context.Payload is not null)
        {
            if (kind == VariableKind.Json)
            {
                _json ??= JsonReader.TryParse(_context.Payload.Value.Span, out var json) ? json ?? DBNull.Value
                    : Undefined.Variable(name);
                if (_json is not Undefined || !_context.Variables.ContainsKey(name))
                {
                    return _json is DBNull ? null : _json;
                }
            }
            else if (kind == VariableKind.Payload)
            {
                return _value ??= _context.PayloadValue;
            }
        }

        return _context.Variables.TryGetValue(name, out var value) ? Input.Convert(value)
            : Filters.Library.Globals.TryGetValue(name, out var global) ? global
            : Undefined.Variable(name);
    }
}

/// <summary>The variables that the payload gives.</summary>
internal enum VariableKind
{
    Other,
    Payload,
    Json,
}

/// <summary>The variables that a template has set, in one block.</summary>
internal sealed class Scope(Scope? parent)
{
    private string[] _names = [];
    private object?[] _values = [];
    private int _count;

    public Scope? Parent => parent;

    /// <summary>Names are interned by the parser: the same name is the same object.</summary>
    public bool TryGet(string name, out object? value)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            for (var index = 0; index < scope._count; index++)
            {
                if (ReferenceEquals(scope._names[index], name))
                {
                    value = scope._values[index];
                    return true;
                }
            }
        }

        value = null;
        return false;
    }

    public void Set(string name, object? value)
    {
        for (var index = 0; index < _count; index++)
        {
            if (ReferenceEquals(_names[index], name))
            {
                _values[index] = value;
                return;
            }
        }

        if (_count == _names.Length)
        {
            Array.Resize(ref _names, Math.Max(4, _count * 2));
            Array.Resize(ref _values, Math.Max(4, _count * 2));
        }

        _names[_count] = name;
        _values[_count++] = value;
    }

    public void Clear() => _count = 0;
}
