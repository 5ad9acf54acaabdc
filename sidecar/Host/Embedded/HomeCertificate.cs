namespace HaNatsBridge.Host.Embedded;

/// <summary>A certificate of the home's own authority.</summary>
/// <param name="CaFile">The authority's certificate (PEM), for devices.</param>
/// <param name="CaEnd">Until when the authority is valid.</param>
/// <param name="Names">The host names and addresses that the certificate is for.</param>
/// <param name="End">Until when it is valid.</param>
public sealed record HomeCertificate(string CaFile, DateTimeOffset CaEnd, IReadOnlyList<string> Names, DateTimeOffset End)
{
    /// <summary>Whether the server uses it: not with a certificate of a person's own, nor where it speaks plain text.</summary>
    public bool IsUsed { get; init; }
}
