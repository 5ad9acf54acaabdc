using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Redaction;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>Puts the features' reports together.</summary>
internal sealed class HealthService(IEnumerable<IHealthContributor> contributors, IRepairs repairs, TimeProvider time)
{
    private readonly IHealthContributor[] _contributors = [.. contributors.OrderBy(one => one.Name, StringComparer.Ordinal)];
    private readonly long _started = time.GetTimestamp();
    private volatile bool _wasReady;

    /// <summary>The status in a word, without any report.</summary>
    public string Status() => StatusOf(Array.ConvertAll(_contributors, one => one.State()));

    /// <summary>
    /// Writes the report, all of it or only <c>{"status"}</c>; returns whether the sidecar is ready, which it stays once it was.
    /// </summary>
    public bool Write(IBufferWriter<byte> output, bool all)
    {
        var reports = all ? Array.ConvertAll(_contributors, one => (one.Name, Report: one.Report())) : [];
        var status = all ? StatusOf(Array.ConvertAll(reports, one => one.Report.State)) : Status();

        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("status", status);
        if (all)
        {
            json.WriteString("version", Product.Version);
            json.WriteNumber("uptime_s", Math.Round(time.GetElapsedTime(_started).TotalSeconds, 1));
            WriteParts(json, reports);
            WriteRepairs(json, repairs.Snapshot());
        }

        json.WriteEndObject();
        return _wasReady;
    }

    private string StatusOf(HealthState[] states)
    {
        _wasReady |= !states.Contains(HealthState.Starting);
        return !_wasReady ? "starting" : states.All(one => one == HealthState.Ok) ? "ok" : "degraded";
    }

    private static void WriteParts(Utf8JsonWriter json, (string Name, HealthReport Report)[] reports)
    {
        json.WriteStartObject("parts");
        foreach (var (name, report) in reports)
        {
            json.WriteStartObject(name);
            json.WriteString("status", report.State.ToString().ToLowerInvariant());
            if (report.Message is { } message)
            {
                json.WriteString("message", Redactor.Text(message));
            }

            foreach (var (key, value) in report.Details ?? [])
            {
                json.WritePropertyName(key);
                if (value is null)
                {
                    json.WriteNullValue();
                }
                else
                {
                    Redactor.Write(json, JsonSerializer.SerializeToElement(value));
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteRepairs(Utf8JsonWriter json, IReadOnlyList<Repair> repairs)
    {
        json.WriteStartArray("repairs");
        foreach (var repair in repairs)
        {
            json.WriteStartObject();
            json.WriteString("id", repair.Id);
            json.WriteString("key", repair.Key);
            json.WriteString("severity", repair.Severity);
            json.WriteStartObject("placeholders");
            foreach (var (key, value) in repair.Placeholders)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
