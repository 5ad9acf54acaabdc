using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using NATS.Client.Services.Internal;
using NATS.Client.Services.Models;

namespace NATS.Client.Services;

/// <summary>The figures of an endpoint.</summary>
public abstract class NatsSvcEndpointBase : INatsSvcEndpoint
{
    private long _requests;
    private long _errors;
    private long _processingTime;
    private string? _lastError;

    private protected NatsSvcEndpointBase(string name, string subject, string? queueGroup, IDictionary<string, string>? metadata)
    {
        Name = name;
        Subject = subject;
        QueueGroup = queueGroup;
        Metadata = metadata;
    }

    /// <inheritdoc/>
    public long Requests => Interlocked.Read(ref _requests);

    /// <inheritdoc/>
    public long ProcessingTime => Interlocked.Read(ref _processingTime);

    /// <inheritdoc/>
    public long Errors => Interlocked.Read(ref _errors);

    /// <inheritdoc/>
    public string? LastError => Volatile.Read(ref _lastError);

    /// <inheritdoc/>
    public long AverageProcessingTime => Requests is > 0 and var requests ? ProcessingTime / requests : 0;

    /// <inheritdoc/>
    public IDictionary<string, string>? Metadata { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Subject { get; }

    /// <inheritdoc/>
    public string? QueueGroup { get; }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    internal void CountError(int code, string message)
    {
        Interlocked.Increment(ref _errors);
        Volatile.Write(ref _lastError, string.Create(CultureInfo.InvariantCulture, $"{code}:{message}"));
    }

    internal EndpointInfo DescribeInfo() => new() { Name = Name, Subject = Subject, QueueGroup = QueueGroup ?? string.Empty, Metadata = Metadata ?? new Dictionary<string, string>() };

    internal EndpointStats DescribeStats(NatsSvcConfig config, ILogger logger) => new()
    {
        Name = Name,
        Subject = Subject,
        QueueGroup = QueueGroup ?? string.Empty,
        NumRequests = Requests,
        NumErrors = Errors,
        LastError = LastError ?? string.Empty,
        ProcessingTime = ProcessingTime,
        AverageProcessingTime = AverageProcessingTime,
        Data = AskHandler(config, logger),
    };

    /// <summary>The handler is the service's own code: the figures are told whatever it does.</summary>
    private JsonNode? AskHandler(NatsSvcConfig config, ILogger logger)
    {
        try
        {
            return config.StatsHandler?.Invoke(this);
        }
        catch (Exception e)
        {
            SvcLog.StatsHandlerFailed(logger, e, Name);
            return null;
        }
    }

    private protected void CountRequest(TimeSpan elapsed)
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _processingTime, elapsed.Ticks * 100);
    }
}
