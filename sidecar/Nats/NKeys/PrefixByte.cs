namespace NATS.NKeys;

/// <summary>The kinds of keys (ADR-14): the first letter of a public key in base32.</summary>
#pragma warning disable CA1028 // official surface: a byte of the encoding
public enum PrefixByte : byte
#pragma warning restore CA1028
{
    /// <summary>N</summary>
    Server = 13 << 3,

    /// <summary>C</summary>
    Cluster = 2 << 3,

    /// <summary>O</summary>
    Operator = 14 << 3,

    /// <summary>A</summary>
    Account = 0,

    /// <summary>U</summary>
    User = 20 << 3,

    /// <summary>X</summary>
    Curve = 23 << 3,
}
