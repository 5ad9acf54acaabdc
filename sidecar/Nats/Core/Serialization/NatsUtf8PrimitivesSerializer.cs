using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace NATS.Client.Core;

/// <summary>
/// Text and primitives as UTF-8: <c>string</c>, <c>DateTime</c>, <c>DateTimeOffset</c>, <c>Guid</c>, <c>TimeSpan</c>, <c>bool</c> and the numbers,
/// each in the default format of <see cref="Utf8Formatter"/>.
/// </summary>
public class NatsUtf8PrimitivesSerializer<T> : INatsSerializer<T>
{
#pragma warning disable CA1000 // official surface
    public static readonly NatsUtf8PrimitivesSerializer<T> Default = new(default);
#pragma warning restore CA1000

    private const int LongestPrimitive = 128;
    private readonly INatsSerializer<T>? _next;

    public NatsUtf8PrimitivesSerializer(INatsSerializer<T>? next) => _next = next;

    private delegate bool Parser<TValue>(ReadOnlySpan<byte> source, out TValue value, out int consumed);

    public INatsSerializer<T> CombineWith(INatsSerializer<T> next) => new NatsUtf8PrimitivesSerializer<T>(next);

    public void Serialize(IBufferWriter<byte> bufferWriter, T value)
    {
        ArgumentNullException.ThrowIfNull(bufferWriter);
        if (value is string text)
        {
            Encoding.UTF8.GetBytes(text, bufferWriter);
            return;
        }

        if (TryFormat(value, bufferWriter.GetSpan(LongestPrimitive), out var written) is not { } formatted)
        {
            if (_next is null)
            {
                throw new NatsException($"Can't serialize {typeof(T)}");
            }

            _next.Serialize(bufferWriter, value);
            return;
        }

        if (!formatted)
        {
            throw new NatsException($"Can't serialize {typeof(T)}, format error");
        }

        bufferWriter.Advance(written);
    }

    public T? Deserialize(in ReadOnlySequence<byte> buffer)
    {
        if (typeof(T) == typeof(string))
        {
            return (T)(object)Encoding.UTF8.GetString(buffer);
        }

        var span = buffer.IsSingleSegment ? buffer.FirstSpan : buffer.ToArray();
        if (TryRead(span, out var value))
        {
            return value;
        }

        return _next is null ? throw new NatsException($"Can't deserialize {typeof(T)}") : _next.Deserialize(buffer);
    }

    /// <summary>Null: not a primitive. The boxing that a type switch on T suggests is removed by the JIT for value types.</summary>
    private static bool? TryFormat(T value, Span<byte> span, out int written)
    {
        written = 0;
        return value switch
        {
            DateTime x => Utf8Formatter.TryFormat(x, span, out written),
            DateTimeOffset x => Utf8Formatter.TryFormat(x, span, out written),
            Guid x => Utf8Formatter.TryFormat(x, span, out written),
            TimeSpan x => Utf8Formatter.TryFormat(x, span, out written),
            bool x => Utf8Formatter.TryFormat(x, span, out written),
            byte x => Utf8Formatter.TryFormat(x, span, out written),
            decimal x => Utf8Formatter.TryFormat(x, span, out written),
            double x => x.TryFormat(span, out written, default, CultureInfo.InvariantCulture),
            float x => x.TryFormat(span, out written, default, CultureInfo.InvariantCulture),
            int x => Utf8Formatter.TryFormat(x, span, out written),
            long x => Utf8Formatter.TryFormat(x, span, out written),
            sbyte x => Utf8Formatter.TryFormat(x, span, out written),
            short x => Utf8Formatter.TryFormat(x, span, out written),
            uint x => Utf8Formatter.TryFormat(x, span, out written),
            ulong x => Utf8Formatter.TryFormat(x, span, out written),
            _ => null,
        };
    }

    private static bool TryRead(ReadOnlySpan<byte> span, out T? value) =>
        Read<DateTime>(span, static (ReadOnlySpan<byte> s, out DateTime v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<DateTimeOffset>(span, static (ReadOnlySpan<byte> s, out DateTimeOffset v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<Guid>(span, static (ReadOnlySpan<byte> s, out Guid v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<TimeSpan>(span, static (ReadOnlySpan<byte> s, out TimeSpan v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<bool>(span, static (ReadOnlySpan<byte> s, out bool v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<byte>(span, static (ReadOnlySpan<byte> s, out byte v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<decimal>(span, static (ReadOnlySpan<byte> s, out decimal v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<double>(span, static (ReadOnlySpan<byte> s, out double v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<float>(span, static (ReadOnlySpan<byte> s, out float v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<int>(span, static (ReadOnlySpan<byte> s, out int v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<long>(span, static (ReadOnlySpan<byte> s, out long v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<sbyte>(span, static (ReadOnlySpan<byte> s, out sbyte v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<short>(span, static (ReadOnlySpan<byte> s, out short v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<uint>(span, static (ReadOnlySpan<byte> s, out uint v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value)
        || Read<ulong>(span, static (ReadOnlySpan<byte> s, out ulong v, out int n) => Utf8Parser.TryParse(s, out v, out n), out value);

    private static bool Read<TValue>(ReadOnlySpan<byte> span, Parser<TValue> parser, out T? result)
        where TValue : struct
    {
        result = default;
        if (typeof(T) != typeof(TValue) && typeof(T) != typeof(TValue?))
        {
            return false;
        }

        if (!parser(span, out var value, out _))
        {
            throw new NatsException($"Can't deserialize {typeof(T)}. Parsing error");
        }

        result = (T)(object)value;
        return true;
    }
}
