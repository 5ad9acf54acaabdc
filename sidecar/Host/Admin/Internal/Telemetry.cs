using System.Collections;
using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>
/// Metrics and traces by OpenTelemetry: every meter and every activity source whose name begins with <c>HaNatsBridge.</c>.
/// Metrics are served as Prometheus text; where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, metrics and traces also go there
/// (OTLP; the other <c>OTEL_…</c> variables work as OpenTelemetry documents them).
/// </summary>
internal static class Telemetry
{
    /// <summary>
    /// The most series of one instrument; what exceeds it is summed up in one series labelled <c>otel_metric_overflow</c>.
    /// </summary>
    public const int MostSeries = 2_000;

    private const string Ours = "HaNatsBridge.*";
    private const string Prefix = "hanatsbridge.";
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static readonly double[] Seconds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    private static readonly double[] Milliseconds = [.. Seconds.Select(bound => bound * 1000)];

    /// <summary>The variables that OpenTelemetry reads, from the host's configuration.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Variables() =>
        from DictionaryEntry variable in Environment.GetEnvironmentVariables()
        let name = (string)variable.Key
        where name.StartsWith("OTEL_", StringComparison.Ordinal)
        select KeyValuePair.Create(name, variable.Value as string);

    public static IServiceCollection AddTelemetry(this IServiceCollection services, string version)
    {
        var otlp = Environment.GetEnvironmentVariable(OtlpEndpoint) is { Length: > 0 };
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("hanatsbridge", serviceVersion: version))
            .WithMetrics(metrics => Export(metrics.AddMeter(Ours).AddView(ViewOf).AddPrometheusExporter(), otlp));
        if (otlp)
        {
            // Without a receiver no activity is created at all.
            telemetry.WithTracing(traces => traces.AddSource(Ours).AddOtlpExporter());
        }

        return services;
    }

    private static MeterProviderBuilder Export(MeterProviderBuilder metrics, bool otlp) =>
        otlp ? metrics.AddOtlpExporter() : metrics;

    private static MetricStreamConfiguration ViewOf(Instrument instrument)
    {
        var name = instrument.Name.StartsWith(Prefix, StringComparison.Ordinal) ? instrument.Name : Prefix + instrument.Name;
        return instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal)
            ? new ExplicitBucketHistogramConfiguration
            {
                Name = name, CardinalityLimit = MostSeries, Boundaries = instrument.Unit == "s" ? Seconds : Milliseconds,
            }
            : new MetricStreamConfiguration { Name = name, CardinalityLimit = MostSeries };
    }
}
