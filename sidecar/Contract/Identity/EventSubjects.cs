namespace HaNatsBridge.Contract.Identity;

/// <summary>The subjects of Home Assistant's own events (contract.md, "Home Assistant's side").</summary>
public sealed class EventSubjects
{
    private readonly string _root;

    internal EventSubjects(string root) => _root = root;

    /// <summary><c>home.events.&gt;</c>.</summary>
    public string All => _root + ".events.>";

    /// <summary><c>home.events.state_changed.{domain}.{object_id}</c>.</summary>
    /// <exception cref="ArgumentException">Not safe tokens.</exception>
    public string StateChanged(string domain, string objectId) =>
        $"{_root}.events.state_changed.{HomeSubjects.Safe(domain)}.{HomeSubjects.SafeObject(objectId)}";

    /// <summary><c>home.events.system.{name}</c>: <c>started</c>, <c>stopping</c>, …</summary>
    /// <exception cref="ArgumentException">Not a safe token.</exception>
    public string System(string name) => $"{_root}.events.system.{HomeSubjects.Safe(name)}";
}
