namespace HaNatsBridge.Host.Repairs;

/// <summary>
/// What a person should look at: shown as repairs in Home Assistant and in the health report. At most 1,000; the oldest gives
/// way.
/// </summary>
public interface IRepairs
{
    /// <summary>Raises it, or renews it in place.</summary>
    void Raise(Repair repair);

    /// <summary>It is mended. Unknown ids are ignored.</summary>
    void Clear(string id);

    /// <summary>All that stand now, oldest first.</summary>
    IReadOnlyList<Repair> Snapshot();

    /// <summary>
    /// From now on calls <paramref name="changed"/> with each change, in order: the repair, and whether it stands; first with
    /// those that stand now. It must not block, throw, or raise a repair.
    /// </summary>
    IDisposable Subscribe(Action<Repair, bool> changed);
}
