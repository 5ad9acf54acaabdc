using System.Diagnostics.Metrics;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// The meter <c>HaNatsBridge.State</c>. Plain fields, counted under the store's lock and read by the exporter: a counter's call a
/// message would be felt.
/// </summary>
internal sealed class StateMetrics : IDisposable
{
    private readonly Meter _meter;

    public StateMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("HaNatsBridge.State");
        Count("messages", "{message}", () => Messages, "State and health messages read.");
        Count("changes", "{state}", () => Changes, "States that were new.");
        Count("repeats", "{state}", () => Repeats, "States that changed nothing.");
        Count("wrong", "{value}", () => Wrong, "Wrong values, contained.");
        Count("undeclared", "{key}", () => Undeclared, "Keys in snapshots that their device has not declared.");
        Count("expired", "{state}", () => Expired, "States that grew older than expire_after.");
        Count("events", "{event}", () => Events, "Events delivered.");
        Count("events_late", "{event}", () => LateEvents, "Events that were older than 30 s when they were read: not delivered.");
        Count("over_budget", "{message}", () => OverBudget, "Last states beyond a device's budget: not retained.");
        Count("removed", "{message}", () => Removed, "Last states removed from HOME_STATE because they are beyond a budget.");
        Count("too_large", "{message}", () => TooLarge, "States above 64 KiB: not stored.");
        Count("conditional", "{message}", () => Conditional, "Conditional states deleted because they would stop an old server.");
        _meter.CreateObservableGauge(
            "hanatsbridge.state.orphans", () => OrphansNow?.Invoke() ?? 0, "{subject}", "Subjects with a state of no entity.");
    }

    public long Messages { get; set; }

    public long Changes { get; set; }

    public long Repeats { get; set; }

    public long Wrong { get; set; }

    public long Undeclared { get; set; }

    public long Expired { get; set; }

    public long Events { get; set; }

    public long LateEvents { get; set; }

    public long OverBudget { get; set; }

    public long Removed { get; set; }

    public long TooLarge { get; set; }

    public long Conditional { get; set; }

    public Func<int>? OrphansNow { get; set; }

    public void Dispose() => _meter.Dispose();

    private void Count(string name, string unit, Func<long> read, string description) =>
        _meter.CreateObservableCounter("hanatsbridge.state." + name, read, unit, description);
}
