using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream.Internal;

/// <summary>
/// Reads an answer of the JetStream API (ADR-1): an object that is either the value or has the field <c>error</c>.
/// What cannot be read becomes <see cref="ApiResult{T}.Malformed"/>, so that a broken server is a typed error.
/// </summary>
internal sealed class ApiResponseDeserializer<T>(JsonTypeInfo<T> typeInfo, bool keepConfig = false) : INatsDeserialize<ApiResult<T>>
{
    /// <inheritdoc/>
    public ApiResult<T> Deserialize(in ReadOnlySequence<byte> buffer)
    {
        try
        {
            var (error, config) = Scan(buffer);
            if (error is not null)
            {
                return new ApiResult<T>(default, error);
            }

            var reader = new Utf8JsonReader(buffer);
            var value = JsonSerializer.Deserialize(ref reader, typeInfo);
            return value is null
                ? new ApiResult<T>(default, null, new JsonException("the answer is null"))
                : new ApiResult<T>(value, null, null, config);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return new ApiResult<T>(default, null, e);
        }
    }

    private (ApiError? Error, byte[]? Config) Scan(in ReadOnlySequence<byte> buffer)
    {
        byte[]? config = null;
        var reader = new Utf8JsonReader(buffer);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("the answer is not an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isError = reader.ValueTextEquals("error"u8);
            var isConfig = keepConfig && reader.ValueTextEquals("config"u8);
            reader.Read();
            if (isError && reader.TokenType == JsonTokenType.StartObject)
            {
                return (JsonSerializer.Deserialize(ref reader, JSJsonContext.Default.ApiError), null);
            }

            var start = reader.TokenStartIndex;
            reader.Skip();
            if (isConfig)
            {
                config = buffer.Slice(start, reader.BytesConsumed - start).ToArray();
            }
        }

        return (null, config);
    }
}
