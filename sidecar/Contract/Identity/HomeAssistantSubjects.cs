namespace HaNatsBridge.Contract.Identity;

/// <summary>The subjects of requests to Home Assistant (docs/home-assistant.md, "Home Assistant from NATS").</summary>
public sealed class HomeAssistantSubjects
{
    private readonly string _actions;
    private readonly string _states;
    private readonly string _audit;

    internal HomeAssistantSubjects(string root)
    {
        _actions = root + ".ha.services.";
        States = root + ".ha.states";
        _states = States + ".";
        _audit = root + ".audit.actions.";
        EveryAction = _actions + "*.*";
        EveryState = _states + "*.*";
    }

    /// <summary><c>home.ha.services.*.*</c>.</summary>
    public string EveryAction { get; }

    /// <summary><c>home.ha.states</c>: all states, in pages.</summary>
    public string States { get; }

    /// <summary><c>home.ha.states.*.*</c>: one state.</summary>
    public string EveryState { get; }

    /// <summary>
    /// <c>home.ha.services.{domain}.{service}</c>; either may be <c>*</c> in <paramref name="pattern"/>, <c>light.*</c>.
    /// </summary>
    public string Actions(string pattern) => _actions + pattern;

    /// <summary><c>home.audit.actions.{domain}.{service}</c>.</summary>
    /// <exception cref="ArgumentException">Not safe tokens.</exception>
    public string AuditOf(string domain, string service) =>
        $"{_audit}{HomeSubjects.Safe(domain)}.{HomeSubjects.Safe(service)}";

    /// <summary>Reads domain and action of a request; false for another subject and for one with unsafe tokens.</summary>
    public bool TryParseAction(string subject, out string domain, out string service) =>
        TryParse(subject, _actions, out domain, out service) && Token.IsValid(service);

    /// <summary>Reads the entity of a request; false for another subject.</summary>
    public bool TryParseState(string subject, out string entityId)
    {
        var isState = TryParse(subject, _states, out var domain, out var objectId);
        entityId = $"{domain}.{objectId}";
        return isState;
    }

    private static bool TryParse(string subject, string parent, out string first, out string second)
    {
        (first, second) = ("", "");
        if (!subject.StartsWith(parent, StringComparison.Ordinal)
            || subject[parent.Length..].Split('.') is not [var one, var two] || !Token.IsValid(one))
        {
            return false;
        }

        (first, second) = (one, two);
        return true;
    }
}
