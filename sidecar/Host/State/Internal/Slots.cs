using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>One registered device with its entities' states. Guarded by the store's lock.</summary>
internal sealed class DeviceSlot(DeviceDescription description, ProblemLog problems)
{
    public DeviceId Id { get; } = description.Id;

    public DeviceDescription Description { get; set; } = description;

    public ProblemLog Problems { get; } = problems;

    public Dictionary<string, EntitySlot> Entities { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The newest health report's numbers: the sensor that shows one is added to the description only after the report came.
    /// </summary>
    public IReadOnlyList<HealthValue> Health { get; set; } = [];

    /// <summary>The sequence of that report; 0: none has come.</summary>
    public ulong HealthSequence { get; set; }

    /// <summary>Whether only health reports set the key: a diagnostic sensor (docs/devices.md, "State": reserved prefix).</summary>
    public static bool IsHealth(string key) => key.StartsWith("health_", StringComparison.Ordinal);
}

/// <summary>One entity's last known state. Small: a home has thousands. Guarded by the store's lock.</summary>
internal sealed class EntitySlot(DeviceSlot device, EntityDescription description)
{
    public DeviceSlot Device { get; } = device;

    public EntityDescription Description { get; set; } = description;

    public EntityId Id => new(Device.Id, Description.Key);

    /// <summary>What its earlier states mean for the next one. A field, since the reader updates it in place.</summary>
    public StateMemory Memory;

    /// <summary>The normalised value; null while none has come.</summary>
    public byte[]? Value { get; set; }

    /// <summary>
    /// The sequence in HOME_TELEMETRY of the newest message about it, also when that changed nothing or was wrong; 0: none has
    /// come, or it must be read again.
    /// </summary>
    public ulong Sequence { get; set; }

    /// <summary><c>expire_after</c> in milliseconds; 0: never.</summary>
    public long ExpireAfter { get; set; }

    /// <summary>When the last state expires, in milliseconds of the wheel's clock.</summary>
    public long ExpiresAt { get; set; }

    /// <summary>When the wheel looks at it; 0: it is not on the wheel.</summary>
    public long DueAt { get; set; }

    /// <summary>The state; null while none has come.</summary>
    public EntityState? State => Value is { } value ? new EntityState(Id, value, Sequence) : null;
}

/// <summary>What a subject means, looked up again when the registry has changed.</summary>
internal sealed class SubjectTarget(DeviceSubject subject)
{
    public DeviceSubject Subject { get; } = subject;

    /// <summary>The version of the table at which <see cref="Device"/> and <see cref="Entity"/> were looked up.</summary>
    public long Version { get; set; } = -1;

    public DeviceSlot? Device { get; set; }

    public EntitySlot? Entity { get; set; }
}

/// <summary>Which devices and entities there are, and what a subject means. Guarded by the store's lock.</summary>
internal sealed class StateTable(HomeSubjects subjects)
{
    public HomeSubjects Subjects { get; } = subjects;

    /// <summary>How many subjects are remembered; beyond, all are looked up again (a device may invent subjects).</summary>
    private const int MaxTargets = 65_536;

    private readonly Dictionary<string, SubjectTarget> _targets = new(StringComparer.Ordinal);
    private long _version;

    public Dictionary<DeviceId, DeviceSlot> Devices { get; } = [];

    public IEnumerable<EntitySlot> Entities => Devices.Values.SelectMany(device => device.Entities.Values);

    /// <summary>Devices or entities have changed.</summary>
    public void Changed() => _version++;

    public EntitySlot? Find(EntityId entity) =>
        Devices.TryGetValue(entity.Device, out var device) ? device.Entities.GetValueOrDefault(entity.Key) : null;

    /// <summary>What a state, health or event subject means, at the cost of one lookup; null for any other subject.</summary>
    public SubjectTarget? TargetOf(string subject)
    {
        if (!_targets.TryGetValue(subject, out var target))
        {
            if (!Subjects.TryParse(subject, out var parsed)
                || parsed.Kind is not (DeviceSubjectKind.State or DeviceSubjectKind.EntityState)
                    and not (DeviceSubjectKind.Health or DeviceSubjectKind.Event))
            {
                return null;
            }

            if (_targets.Count >= MaxTargets)
            {
                _targets.Clear();
            }

            _targets[subject] = target = new SubjectTarget(parsed);
        }

        if (target.Version != _version)
        {
            target.Version = _version;
            target.Device = Devices.GetValueOrDefault(target.Subject.Device);
            var key = target.Subject.Key;
            target.Entity = key is null || DeviceSlot.IsHealth(key) ? null : target.Device?.Entities.GetValueOrDefault(key);
        }

        return target;
    }
}
