using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Host.DataFolder;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The bridge id (docs/devices.md, "Names") and the check of the stored format.</summary>
/// <remarks>
/// An impossible value is damage, and is put right: a client that may publish into a stream chooses where the server writes its
/// acknowledgement, also below <c>$KV.</c>, and must not stop the home or give it another identity that way.
/// </remarks>
internal sealed class BridgeIdentity(IDataFolder folder)
{
    /// <summary>The format that this sidecar writes. Raise it when an older one could no longer read what is stored.</summary>
    public const int Format = 1;

    public const string IdKey = "bridge_id";
    public const string FormatKey = "format_version";
    private const int Length = 8;
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    private string CopyFile => folder.PathOf("bridge_id");

    /// <summary>Refuses to go on where a newer sidecar has written; writes the format where there is none.</summary>
    /// <exception cref="StorageException">What is stored is newer than this sidecar.</exception>
    public static async Task CheckFormatAsync(INatsKVStore bucket, CancellationToken cancellationToken)
    {
        var format = Format.ToString(CultureInfo.InvariantCulture);
        var stored = await ReadOrWriteAsync(bucket, FormatKey, format, text => ReadFormat(text) is not null, cancellationToken);
        var version = ReadFormat(stored);
        if (version > Format)
        {
            throw new StorageException(
                $"What is stored has the format {stored}, newer than the {Format} of this sidecar. Nothing is written over it: "
                + "run the newer sidecar, or choose another root with --prefix.")
            {
                IsNewer = true,
            };
        }

        if (version < Format)
        {
            await bucket.PutAsync(FormatKey, format, cancellationToken: cancellationToken);
        }
    }

    /// <summary>
    /// The id that the data folder knew and the store did not have: the store is another one than before. Null: none.
    /// </summary>
    public string? FormerId { get; private set; }

    /// <summary>The home's id in KV; null: nothing that is one.</summary>
    public static async Task<string?> FindAsync(INatsKVStore bucket, CancellationToken cancellationToken) =>
        await ReadAsync(bucket, IdKey, cancellationToken) is { } stored && IsId(stored) ? stored : null;

    /// <summary>
    /// The home's id: that of KV, else the data folder's copy, else a new one. Of two sidecars that start at once the first to
    /// create it wins.
    /// </summary>
    public async Task<string> ReadOrMakeAsync(INatsKVStore bucket, CancellationToken cancellationToken)
    {
        var copy = ReadCopy();
        var made = copy ?? RandomNumberGenerator.GetString(Alphabet, Length);
        var before = await ReadAsync(bucket, IdKey, cancellationToken);
        var id = await ReadOrWriteAsync(bucket, IdKey, made, IsId, cancellationToken);
        if (copy is not null && (before is null || id != copy))
        {
            FormerId = copy;
        }

        if (id != copy)
        {
            folder.WritePrivate(CopyFile, Encoding.ASCII.GetBytes(id + "\n"));
        }

        return id;
    }

    /// <summary>
    /// The value of a key; where there is none, or an impossible one, <paramref name="value"/> is written. Of two sidecars that
    /// do so at once the first one's value is returned to both.
    /// </summary>
    private static async Task<string> ReadOrWriteAsync(
        INatsKVStore bucket, string key, string value, Func<string, bool> isPossible, CancellationToken cancellationToken)
    {
        var stored = await ReadAsync(bucket, key, cancellationToken) ?? await CreateAsync(bucket, key, value, cancellationToken);
        if (isPossible(stored))
        {
            return stored;
        }

        await bucket.PutAsync(key, value, cancellationToken: cancellationToken);
        return value;
    }

    /// <summary>The value of a key; null: none.</summary>
    private static async Task<string?> ReadAsync(INatsKVStore bucket, string key, CancellationToken cancellationToken)
    {
        try
        {
            return (await bucket.GetEntryAsync<string>(key, cancellationToken: cancellationToken)).Value;
        }
        catch (Exception exception) when (exception is NatsKVKeyNotFoundException or NatsKVKeyDeletedException)
        {
            return null;
        }
    }

    private static async Task<string> CreateAsync(
        INatsKVStore bucket, string key, string value, CancellationToken cancellationToken)
    {
        try
        {
            await bucket.CreateAsync(key, value, cancellationToken: cancellationToken);
            return value;
        }
        catch (NatsKVCreateException)
        {
            return await ReadAsync(bucket, key, cancellationToken)
                ?? throw new StorageException($"The key {key} of {bucket.Bucket} comes and goes: is something deleting it?");
        }
    }

    private string? ReadCopy()
    {
        var text = File.Exists(CopyFile) ? File.ReadAllText(CopyFile).Trim() : "";
        return IsId(text) ? text : null;
    }

    private static bool IsId(string text) => text.Length == Length && text.All(Alphabet.Contains);

    private static int? ReadFormat(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
}
