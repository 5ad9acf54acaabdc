namespace HaNatsBridge.Templates.Values;

/// <summary>What a missing variable, attribute or item is: printed as nothing, an error for most other uses.</summary>
internal sealed class Undefined
{
    private readonly object? _owner;
    private readonly object? _name;
    private readonly bool _hasOwner;
    private readonly bool _unsafe;

    private Undefined(object? owner, object? name, bool hasOwner, bool isUnsafe) =>
        (_owner, _name, _hasOwner, _unsafe) = (owner, name, hasOwner, isUnsafe);

    /// <summary>An undefined value with a message of its own, given as the name.</summary>
    public static Undefined Because(string message) => new(null, new Reason(message), false, false);

    public static Undefined Variable(string name) => new(null, name, false, false);

    public static Undefined Member(object? owner, object? name) => new(owner, name, true, false);

    public static Undefined Unsafe(object? owner, string name) => new(owner, name, true, true);

    /// <summary>The variable's name; null if this is no variable.</summary>
    public string? VariableName => _hasOwner ? null : _name as string;

    public string Message
    {
        get
        {
            if (_name is Reason reason)
            {
                return reason.Message;
            }

            if (!_hasOwner)
            {
                return $"'{_name}' is undefined";
            }

            if (_unsafe)
            {
                return $"access to attribute '{_name}' of '{Types.Name(_owner)}' object is unsafe.";
            }

            var owner = _owner is null ? "None" : $"{Types.Name(_owner)} object";
            return _name is string ? $"'{owner}' has no attribute '{_name}'" : $"{owner} has no element {Show.Brief(_name)}";
        }
    }

    public TemplateError Error() => _unsafe ? Fail.Security(Message) : Fail.Undefined(Message);

    private sealed record Reason(string Message);
}
