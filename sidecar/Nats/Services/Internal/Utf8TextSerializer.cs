using System.Buffers;
using System.Text;
using NATS.Client.Core;

namespace NATS.Client.Services.Internal;

/// <summary>The body of an error is text, whatever serialiser the connection has.</summary>
internal sealed class Utf8TextSerializer : INatsSerialize<string>
{
    internal static readonly Utf8TextSerializer Default = new();

    /// <inheritdoc/>
    public void Serialize(IBufferWriter<byte> bufferWriter, string value) => Encoding.UTF8.GetBytes(value, bufferWriter);
}
