using System.Text.Json.Serialization;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream.Internal;

internal sealed record ConsumerCreateRequest(string StreamName, ConsumerConfig Config, ConsumerCreateAction? Action)
{
    /// <summary>Server 2.10 reads it; 2.9 ignores it and does both.</summary>
    [JsonConverter(typeof(ConsumerCreateActionConverter))]
    public ConsumerCreateAction? Action { get; init; } = Action;
}

internal sealed record PageRequest(int Offset, string? Subject = null);

internal sealed record StreamListResponse(int Total, int Offset, int Limit, ICollection<StreamInfo>? Streams);

internal sealed record StreamNamesResponse(int Total, int Offset, int Limit, ICollection<string>? Streams);

internal sealed record ConsumerListResponse(int Total, int Offset, int Limit, ICollection<ConsumerInfo>? Consumers);

internal sealed record ConsumerNamesResponse(int Total, int Offset, int Limit, ICollection<string>? Consumers);

internal sealed record SuccessResponse(bool Success);

internal sealed record ConsumerPauseRequest(DateTimeOffset? PauseUntil);

internal sealed record ConsumerUnpinRequest(string Group);

internal sealed record EmptyRequest;
