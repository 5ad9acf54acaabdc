namespace NATS.Client.Services;

/// <summary>An endpoint of a service with its figures.</summary>
public interface INatsSvcEndpoint : IAsyncDisposable
{
    /// <summary>Requests.</summary>
    long Requests { get; }

    /// <summary>Time spent on requests in nanoseconds.</summary>
    long ProcessingTime { get; }

    /// <summary>Requests that ended in an error.</summary>
    long Errors { get; }

    /// <summary>The last error.</summary>
    string? LastError { get; }

    /// <summary>Time spent on one request in nanoseconds.</summary>
    long AverageProcessingTime { get; }

    /// <summary>Additional data.</summary>
    IDictionary<string, string>? Metadata { get; }

    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>The subject on which it takes requests.</summary>
    string Subject { get; }

    /// <summary>Its queue group.</summary>
    string? QueueGroup { get; }
}
