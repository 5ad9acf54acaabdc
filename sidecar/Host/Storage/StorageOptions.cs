namespace HaNatsBridge.Host.Storage;

/// <summary>How much the home stores in JetStream.</summary>
public sealed record StorageOptions
{
    /// <summary>What is taken on a server of yours where neither the setting nor the account limits it: 1 GiB.</summary>
    public const long DefaultOnAnotherServer = 1L << 30;

    /// <summary>
    /// The most bytes that streams and buckets may take together. Null: half of the free disk and at most 8 GiB with the embedded
    /// server; 1 GiB, or the account's limit if that is less, on another server. Two homes on one account share its limit by this
    /// setting.
    /// </summary>
    public long? MaxBytes { get; init; }
}
