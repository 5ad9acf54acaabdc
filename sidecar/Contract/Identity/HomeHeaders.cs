namespace HaNatsBridge.Contract.Identity;

/// <summary>Headers of the contract's own (contract/subjects.md).</summary>
public static class HomeHeaders
{
    /// <summary>On an empty message: "no state"; the device or entity is gone.</summary>
    public const string Removed = "Bridge-Removed";

    /// <summary>On a past value: when it was measured, RFC 3339.</summary>
    public const string MeasuredAt = "Bridge-Measured-At";
}
