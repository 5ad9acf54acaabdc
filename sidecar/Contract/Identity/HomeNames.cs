namespace HaNatsBridge.Contract.Identity;

/// <summary>
/// The names of a home's streams and buckets: they carry the root prefix, so that two homes can share an account. Dots become
/// <c>-</c>: <c>my.house</c> makes <c>MY-HOUSE_TELEMETRY</c> and <c>my-house_devices</c> (docs/architecture.md, "Streams and
/// buckets").
/// </summary>
public sealed class HomeNames
{
    private readonly string _stream;
    private readonly string _bucket;

    /// <summary>The names below a root prefix.</summary>
    /// <exception cref="ArgumentException">The root is not one or more safe tokens.</exception>
    public HomeNames(string root)
    {
        if (!HomeSubjects.IsValidRoot(root))
        {
            throw new ArgumentException("A root prefix is one or more tokens [A-Za-z0-9_-]{1,64} joined by dots.", nameof(root));
        }

        var plain = root.Replace('.', '-');
        _stream = plain.ToUpperInvariant() + "_";
        // The letters of the prefix stay as they are; the default is lower case.
        _bucket = plain + "_";
    }

    /// <summary><c>HOME_TELEMETRY</c>.</summary>
    public string TelemetryStream => _stream + "TELEMETRY";

    /// <summary><c>HOME_STATE</c>.</summary>
    public string StateStream => _stream + "STATE";

    /// <summary><c>HOME_IMAGES</c>.</summary>
    public string ImagesStream => _stream + "IMAGES";

    /// <summary><c>HOME_DEVICE_EVENTS</c>: what devices publish, events and past values.</summary>
    public string DeviceEventsStream => _stream + "DEVICE_EVENTS";

    /// <summary><c>HOME_EVENTS</c>: Home Assistant's own events; only the bridge writes there.</summary>
    public string EventsStream => _stream + "EVENTS";

    /// <summary><c>HOME_AUDIT</c>.</summary>
    public string AuditStream => _stream + "AUDIT";

    /// <summary><c>HOME_DLQ</c>.</summary>
    public string DlqStream => _stream + "DLQ";

    /// <summary><c>home_devices</c>: the registry.</summary>
    public string DevicesBucket => _bucket + "devices";

    /// <summary><c>home_availability</c>: which devices are online.</summary>
    public string AvailabilityBucket => _bucket + "availability";

    /// <summary><c>home_config</c>.</summary>
    public string ConfigBucket => _bucket + "config";

    /// <summary><c>home_automations</c>.</summary>
    public string AutomationsBucket => _bucket + "automations";

    /// <summary><c>home_automation_state</c>.</summary>
    public string AutomationStateBucket => _bucket + "automation_state";

    /// <summary><c>home_leases</c>.</summary>
    public string LeasesBucket => _bucket + "leases";

    /// <summary><c>home_bridge</c>: bridge id and format version.</summary>
    public string BridgeBucket => _bucket + "bridge";
}
