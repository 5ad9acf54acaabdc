using System.Diagnostics.CodeAnalysis;

namespace HaNatsBridge.Contract.Identity;

/// <summary>
/// Builds and parses every subject of a home (contract/subjects.md): the root prefix is one or more safe tokens, <c>home</c>
/// unless configured. Immutable and free of allocation for the fixed subjects.
/// </summary>
public sealed class HomeSubjects
{
    /// <summary>The longest object id of Home Assistant in a subject.</summary>
    private const int MaxObjectIdLength = 255;

    private readonly string _devices;
    private readonly string _discovery;
    private readonly string _audit;

    /// <summary>The subjects below a root prefix.</summary>
    /// <param name="root">One or more safe tokens joined by dots.</param>
    /// <exception cref="ArgumentException">The root is not such a prefix.</exception>
    public HomeSubjects(string root)
    {
        if (!IsValidRoot(root))
        {
            throw new ArgumentException("A root prefix is one or more tokens [A-Za-z0-9_-]{1,64} joined by dots.", nameof(root));
        }

        Root = root;
        _devices = root + ".devices.";
        _discovery = root + ".discovery.";
        _audit = root + ".audit.commands.";
        Announce = root + ".discovery.announce";
        AnnounceAll = Announce + ".*.*";
        Remove = root + ".discovery.remove";
        RemoveAll = Remove + ".*.*";
        DiscoveryRequest = root + ".discovery.request";
        Devices = root + ".discovery.devices";
        Rejected = root + ".discovery.rejected";
        AllAvailable = root + ".discovery.available.*.*";
        AllStates = root + ".devices.*.*.state";
        AllEntityStates = root + ".devices.*.*.state.*";
        AllHealth = root + ".devices.*.*.health";
        AllEvents = root + ".devices.*.*.event.*";
        AllPast = root + ".devices.*.*.past.*";
        AllImages = root + ".devices.*.*.image.*";
        AllSets = root + ".devices.*.*.set";
        AllConfigs = root + ".devices.*.*.config";
        AllAudit = root + ".audit.>";
        AllDlq = root + ".dlq.>";
        Events = new EventSubjects(root);
        HomeAssistant = new HomeAssistantSubjects(root);
    }

    /// <summary>The root prefix, <c>home</c>.</summary>
    public string Root { get; }

    /// <summary>
    /// <c>home.discovery.announce</c>: an announcement of the bridge's own account or of a client without credentials.
    /// </summary>
    public string Announce { get; }

    /// <summary><c>home.discovery.announce.*.*</c>: announcements of devices with credentials.</summary>
    public string AnnounceAll { get; }

    /// <summary><c>home.discovery.remove</c>.</summary>
    public string Remove { get; }

    /// <summary><c>home.discovery.remove.*.*</c>.</summary>
    public string RemoveAll { get; }

    /// <summary><c>home.discovery.request</c>: requests an announcement of every device.</summary>
    public string DiscoveryRequest { get; }

    /// <summary><c>home.discovery.devices</c>: lists the devices.</summary>
    public string Devices { get; }

    /// <summary><c>home.discovery.rejected</c>: the errors of an announcement without a reply subject.</summary>
    public string Rejected { get; }

    /// <summary><c>home.discovery.available.*.*</c>.</summary>
    public string AllAvailable { get; }

    /// <summary><c>home.devices.*.*.state</c>.</summary>
    public string AllStates { get; }

    /// <summary><c>home.devices.*.*.state.*</c>.</summary>
    public string AllEntityStates { get; }

    /// <summary><c>home.devices.*.*.health</c>.</summary>
    public string AllHealth { get; }

    /// <summary><c>home.devices.*.*.event.*</c>.</summary>
    public string AllEvents { get; }

    /// <summary><c>home.devices.*.*.past.*</c>.</summary>
    public string AllPast { get; }

    /// <summary><c>home.devices.*.*.image.*</c>.</summary>
    public string AllImages { get; }

    /// <summary><c>home.devices.*.*.set</c>: no stream and no other subscriber than the device.</summary>
    public string AllSets { get; }

    /// <summary><c>home.devices.*.*.config</c>.</summary>
    public string AllConfigs { get; }

    /// <summary><c>home.audit.&gt;</c>.</summary>
    public string AllAudit { get; }

    /// <summary><c>home.dlq.&gt;</c>.</summary>
    public string AllDlq { get; }

    /// <summary>The subjects of Home Assistant's own events.</summary>
    public EventSubjects Events { get; }

    /// <summary>The subjects of requests to Home Assistant.</summary>
    public HomeAssistantSubjects HomeAssistant { get; }

    /// <summary>Whether a text can be a root prefix.</summary>
    public static bool IsValidRoot([NotNullWhen(true)] string? root)
    {
        if (root is null || root.Length is 0 or > 255)
        {
            return false;
        }

        foreach (var range in root.AsSpan().Split('.'))
        {
            if (!Token.IsValid(root.AsSpan()[range]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary><c>home.discovery.announce.{type}.{id}</c>.</summary>
    public string AnnounceOf(DeviceId id) => string.Concat(Announce, ".", id.ToString());

    /// <summary><c>home.discovery.remove.{type}.{id}</c>.</summary>
    public string RemoveOf(DeviceId id) => string.Concat(Remove, ".", id.ToString());

    /// <summary><c>home.discovery.available.{type}.{id}</c>: the stored record, republished by the bucket.</summary>
    public string AvailableOf(DeviceId id) => $"{_discovery}available.{id.Type}.{id.Id}";

    /// <summary><c>home.devices.{type}.{id}.state</c>.</summary>
    public string StateOf(DeviceId id) => Of(id, "state");

    /// <summary><c>home.devices.{type}.{id}.state.{key}</c>.</summary>
    public string StateOf(DeviceId id, string key) => Of(id, "state", key);

    /// <summary><c>home.devices.{type}.{id}.health</c>.</summary>
    public string HealthOf(DeviceId id) => Of(id, "health");

    /// <summary><c>home.devices.{type}.{id}.event.{key}</c>.</summary>
    public string EventOf(DeviceId id, string key) => Of(id, "event", key);

    /// <summary><c>home.devices.{type}.{id}.past.{key}</c>.</summary>
    public string PastOf(DeviceId id, string key) => Of(id, "past", key);

    /// <summary><c>home.devices.{type}.{id}.image.{key}</c>.</summary>
    public string ImageOf(DeviceId id, string key) => Of(id, "image", key);

    /// <summary><c>home.devices.{type}.{id}.set</c>.</summary>
    public string SetOf(DeviceId id) => Of(id, "set");

    /// <summary><c>home.devices.{type}.*.set</c>: what a gateway for a whole type listens on.</summary>
    /// <exception cref="ArgumentException">Not a safe token.</exception>
    public string SetOfType(string type) => $"{_devices}{Safe(type)}.*.set";

    /// <summary><c>home.devices.{type}.*.config</c>.</summary>
    /// <exception cref="ArgumentException">Not a safe token.</exception>
    public string ConfigOfType(string type) => $"{_devices}{Safe(type)}.*.config";

    /// <summary><c>home.devices.{type}.{id}.config</c>.</summary>
    public string ConfigOf(DeviceId id) => Of(id, "config");

    /// <summary><c>home.audit.commands.{type}.{id}</c>.</summary>
    public string AuditOf(DeviceId id) => $"{_audit}{id.Type}.{id.Id}";

    /// <summary><c>home.dlq.{source}</c>.</summary>
    /// <exception cref="ArgumentException">Not a safe token.</exception>
    public string Dlq(string source) => $"{Root}.dlq.{Safe(source)}";

    /// <summary>
    /// The inbox prefix that a device's credential allows, <c>_INBOX.{type}.{id}</c> (contract/subjects.md, "A device's rights").
    /// </summary>
    public static string InboxOf(DeviceId id) => $"_INBOX.{id.Type}.{id.Id}";

    /// <summary>The inbox prefix that a client program's credential allows. No device's begins so: <c>~</c> is no character of a
    /// <c>{type}</c>.</summary>
    public static string InboxOfClient(string name) => $"_INBOX.~client.{Safe(name)}";

    /// <summary>Parses a subject that names one device; false for any other subject and for one with unsafe tokens.</summary>
    public bool TryParse(string subject, out DeviceSubject parsed)
    {
        parsed = default;
        if (subject.StartsWith(_devices, StringComparison.Ordinal))
        {
            return TryParseDevice(subject.AsSpan(_devices.Length), out parsed);
        }

        if (subject.StartsWith(_discovery, StringComparison.Ordinal))
        {
            return TryParseDiscovery(subject.AsSpan(_discovery.Length), out parsed);
        }

        return subject.StartsWith(_audit, StringComparison.Ordinal)
            && TryParseWhole(subject.AsSpan(_audit.Length), DeviceSubjectKind.Audit, out parsed);
    }

    internal static string Safe(string token) =>
        Token.IsValid(token) ? token : throw new ArgumentException("Not a safe subject token.", nameof(token));

    internal static string SafeObject(string objectId)
    {
        // Home Assistant's object ids are slugs, but may be longer than a token.
        foreach (var c in objectId)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
            {
                throw new ArgumentException("Not a safe subject token.", nameof(objectId));
            }
        }

        return objectId.Length is > 0 and <= MaxObjectIdLength
            ? objectId
            : throw new ArgumentException("Not a safe subject token.", nameof(objectId));
    }

    private static bool TryParseDiscovery(ReadOnlySpan<char> rest, out DeviceSubject parsed)
    {
        parsed = default;
        if (!TryTake(ref rest, out var verb))
        {
            return false;
        }

        DeviceSubjectKind? kind = verb switch
        {
            "announce" => DeviceSubjectKind.Announce,
            "remove" => DeviceSubjectKind.Remove,
            "available" => DeviceSubjectKind.Available,
            _ => null,
        };
        return kind is { } known && TryParseWhole(rest, known, out parsed);
    }

    private static bool TryParseWhole(ReadOnlySpan<char> rest, DeviceSubjectKind kind, out DeviceSubject parsed)
    {
        parsed = default;
        if (!TryTake(ref rest, out var type) || !Token.IsValid(type) || !Token.IsValid(rest))
        {
            return false;
        }

        parsed = new DeviceSubject(kind, new DeviceId(type.ToString(), rest.ToString()), null);
        return true;
    }

    private static bool TryParseDevice(ReadOnlySpan<char> rest, out DeviceSubject parsed)
    {
        parsed = default;
        if (!TryTake(ref rest, out var type) || !Token.IsValid(type) || !TryTake(ref rest, out var id) || !Token.IsValid(id))
        {
            return false;
        }

        string? key = null;
        var aspect = rest;
        var dot = rest.IndexOf('.');
        if (dot >= 0)
        {
            aspect = rest[..dot];
            if (!Token.IsValid(rest[(dot + 1)..]))
            {
                return false;
            }

            key = rest[(dot + 1)..].ToString();
        }

        if (Aspect(aspect, key is not null) is not { } kind)
        {
            return false;
        }

        parsed = new DeviceSubject(kind, new DeviceId(type.ToString(), id.ToString()), key);
        return true;
    }

    private static DeviceSubjectKind? Aspect(ReadOnlySpan<char> aspect, bool keyed) => keyed
        ? aspect switch
        {
            "state" => DeviceSubjectKind.EntityState,
            "event" => DeviceSubjectKind.Event,
            "past" => DeviceSubjectKind.Past,
            "image" => DeviceSubjectKind.Image,
            _ => null,
        }
        : aspect switch
        {
            "state" => DeviceSubjectKind.State,
            "health" => DeviceSubjectKind.Health,
            "set" => DeviceSubjectKind.Set,
            "config" => DeviceSubjectKind.Config,
            _ => null,
        };

    private static bool TryTake(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> token)
    {
        var dot = rest.IndexOf('.');
        if (dot < 0)
        {
            token = default;
            return false;
        }

        token = rest[..dot];
        rest = rest[(dot + 1)..];
        return true;
    }

    private string Of(DeviceId id, string aspect) => $"{_devices}{id.Type}.{id.Id}.{aspect}";

    private string Of(DeviceId id, string aspect, string key) => $"{_devices}{id.Type}.{id.Id}.{aspect}.{key}";
}

/// <summary>The subjects of Home Assistant's own events (docs/home-assistant.md, "Supported functions").</summary>
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

/// <summary>Headers of the contract's own (contract/subjects.md).</summary>
public static class HomeHeaders
{
    /// <summary>On an empty message: "no state"; the device or entity was removed.</summary>
    public const string Removed = "Bridge-Removed";

    /// <summary>On a past value: when it was measured, RFC 3339.</summary>
    public const string MeasuredAt = "Bridge-Measured-At";
}
