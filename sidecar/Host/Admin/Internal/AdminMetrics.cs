using System.Diagnostics.Metrics;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>Who was not let in.</summary>
internal sealed class AdminMetrics : IDisposable
{
    private readonly Meter _meter = new("HaNatsBridge.Admin");
    private readonly Counter<long> _refused;

    public AdminMetrics() =>
        _refused = _meter.CreateCounter<long>(
            "hanatsbridge.admin.unauthorized", "{request}", "Requests and connections of clients refused for their token.");

    public void Refused() => _refused.Add(1);

    public void Dispose() => _meter.Dispose();
}
