using System.Collections;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>Headers of a message: names without regard to case, several values each (ADR-4). Those of a received message are read-only.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "official surface")]
public class NatsHeaders : IDictionary<string, StringValues>
{
    private Dictionary<string, StringValues>? _store;
    private bool _readOnly;

    public NatsHeaders()
    {
    }

    public NatsHeaders(Dictionary<string, StringValues>? store) => _store = store;

    public NatsHeaders(int capacity) => _store = NewStore(capacity);

    /// <summary>The well-known status texts that JetStream sends.</summary>
    [SuppressMessage("Design", "CA1034", Justification = "official surface")]
    public enum Messages
    {
        Text,
        IdleHeartbeat,
        BadRequest,
        ConsumerDeleted,
        ConsumerIsPushBased,
        NoMessages,
        RequestTimeout,
        MessageSizeExceedsMaxBytes,
        RequestsPending,
    }

    [SuppressMessage("Performance", "CA1822", Justification = "official surface")]
    public int Version => 1;

    /// <summary>The status of the header line, 0 when there is none.</summary>
    public int Code { get; internal set; }

    /// <summary>The text behind the status.</summary>
    public string MessageText { get; internal set; } = string.Empty;

    public Messages Message { get; internal set; }

    /// <summary>What went wrong when this message was read, if anything did.</summary>
    public NatsException? Error { get; internal set; }

    public int Count => _store?.Count ?? 0;

    public bool IsReadOnly => _readOnly;

    public ICollection<string> Keys => _store is null ? [] : _store.Keys;

    public ICollection<StringValues> Values => _store is null ? [] : _store.Values;

    internal Activity? Activity { get; set; }

    public StringValues this[string key]
    {
        get => _store is not null && _store.TryGetValue(key, out var value) ? value : StringValues.Empty;
        set
        {
            ArgumentNullException.ThrowIfNull(key);
            ThrowIfReadOnly();
            if (value.Count == 0)
            {
                _store?.Remove(key);
            }
            else
            {
                (_store ??= NewStore(1))[key] = value;
            }
        }
    }

    public void Add(KeyValuePair<string, StringValues> item) => Add(item.Key, item.Value);

    public void Add(string key, StringValues value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ThrowIfReadOnly();
        (_store ??= NewStore(1)).Add(key, value);
    }

    public void Clear()
    {
        ThrowIfReadOnly();
        _store?.Clear();
    }

    public bool Contains(KeyValuePair<string, StringValues> item) =>
        _store is not null && _store.TryGetValue(item.Key, out var value) && StringValues.Equals(value, item.Value);

    public bool ContainsKey(string key) => _store is not null && _store.ContainsKey(key);

    public void CopyTo(KeyValuePair<string, StringValues>[] array, int arrayIndex) =>
        ((ICollection<KeyValuePair<string, StringValues>>?)_store)?.CopyTo(array, arrayIndex);

    /// <summary>The bytes that these headers take on the wire.</summary>
    public int GetBytesLength(Encoding? encoding = null) => HeaderWriter.GetBytesLength(this, encoding ?? Encoding.UTF8);

    public bool Remove(KeyValuePair<string, StringValues> item)
    {
        ThrowIfReadOnly();
        return Contains(item) && _store!.Remove(item.Key);
    }

    public bool Remove(string key)
    {
        ThrowIfReadOnly();
        return _store is not null && _store.Remove(key);
    }

    public bool TryGetValue(string key, out StringValues value)
    {
        if (_store is not null)
        {
            return _store.TryGetValue(key, out value);
        }

        value = default;
        return false;
    }

    /// <summary>The last value of a header: what counts where only one is expected.</summary>
    public bool TryGetLastValue(string key, [NotNullWhen(true)] out string? value)
    {
        value = TryGetValue(key, out var values) && values.Count > 0 ? values[^1] : null;
        return value is not null;
    }

    public Enumerator GetEnumerator() => new(_store);

    IEnumerator<KeyValuePair<string, StringValues>> IEnumerable<KeyValuePair<string, StringValues>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void SetReadOnly() => _readOnly = true;

    /// <summary>For the client's own headers (trace context) on headers that the caller has closed.</summary>
    internal void SetOverrideReadOnly(string key, StringValues value) => (_store ??= NewStore(1))[key] = value;

    /// <summary>A copy that may be changed: the client adds its own headers to copies, never to what the caller gave.</summary>
    internal NatsHeaders Copy() => new(_store is null ? null : new Dictionary<string, StringValues>(_store, StringComparer.OrdinalIgnoreCase));

    /// <summary>A name that comes several times collects its values.</summary>
    internal void Append(string key, string value)
    {
        _store ??= NewStore(4);
        _store[key] = _store.TryGetValue(key, out var values) ? StringValues.Concat(values, value) : value;
    }

    private static Dictionary<string, StringValues> NewStore(int capacity) => new(capacity, StringComparer.OrdinalIgnoreCase);

    private void ThrowIfReadOnly()
    {
        if (_readOnly)
        {
            throw new InvalidOperationException("The headers of a received message cannot be modified.");
        }
    }

    [SuppressMessage("Design", "CA1034", Justification = "official surface")]
    [SuppressMessage("Performance", "CA1815", Justification = "Enumerators are not compared.")]
    public struct Enumerator : IEnumerator<KeyValuePair<string, StringValues>>
    {
        private readonly bool _notEmpty;

        // Not readonly: a copy would move instead of it.
        private Dictionary<string, StringValues>.Enumerator _inner;

        internal Enumerator(Dictionary<string, StringValues>? store)
        {
            _notEmpty = store is not null;
            _inner = store is null ? default : store.GetEnumerator();
        }

        public readonly KeyValuePair<string, StringValues> Current => _notEmpty ? _inner.Current : default;

        readonly object IEnumerator.Current => Current;

        public bool MoveNext() => _notEmpty && _inner.MoveNext();

        void IEnumerator.Reset() => throw new NotSupportedException();

        public readonly void Dispose()
        {
        }
    }
}
