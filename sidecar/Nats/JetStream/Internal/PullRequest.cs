using System.Buffers;
using System.Text.Json;
using NATS.Client.Core;

namespace NATS.Client.JetStream.Internal;

/// <summary>A pull (ADR-13): how many messages, for how long, and how often to give a sign of life.</summary>
internal readonly record struct PullRequest(long Batch, long MaxBytes, TimeSpan Expires, TimeSpan Heartbeat, bool NoWait)
{
    internal sealed class Serializer : INatsSerialize<PullRequest>
    {
        internal static readonly Serializer Default = new();

        /// <inheritdoc/>
        public void Serialize(IBufferWriter<byte> bufferWriter, PullRequest value)
        {
            using var writer = new Utf8JsonWriter(bufferWriter);
            writer.WriteStartObject();
            writer.WriteNumber("batch"u8, value.Batch);
            if (value.MaxBytes > 0)
            {
                writer.WriteNumber("max_bytes"u8, value.MaxBytes);
            }

            if (value.NoWait)
            {
                writer.WriteBoolean("no_wait"u8, true);
            }
            else
            {
                writer.WriteNumber("expires"u8, NanosecondsConverter.ToNanoseconds(value.Expires));
            }

            if (value.Heartbeat > TimeSpan.Zero)
            {
                writer.WriteNumber("idle_heartbeat"u8, NanosecondsConverter.ToNanoseconds(value.Heartbeat));
            }

            writer.WriteEndObject();
        }
    }
}
