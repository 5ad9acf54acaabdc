using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Pictures;

/// <summary>
/// The formats of pictures, told from their first bytes. SVG and HTML are none of them: a browser would execute what is in them,
/// on the page of Home Assistant.
/// </summary>
public static class PictureTypes
{
    /// <summary>The MIME types that are accepted and served.</summary>
    public static IReadOnlyList<string> All { get; } =
        ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/bmp"];

    /// <summary>The platforms whose entities may have a picture.</summary>
    public static IReadOnlyList<string> Platforms { get; } = ["camera", "image", "media_player"];

    /// <summary>
    /// The accepted type that a <c>Content-Type</c> header names, in its usual spelling; null when it names another one.
    /// </summary>
    public static string? Accepted(string contentType)
    {
        ArgumentNullException.ThrowIfNull(contentType);
        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = contentType.AsSpan(0, end < 0 ? contentType.Length : end).Trim();
        if (type.Equals("image/jpg", StringComparison.OrdinalIgnoreCase))
        {
            return All[0];
        }

        if (type.Equals("image/heif", StringComparison.OrdinalIgnoreCase))
        {
            return "image/heic";
        }

        foreach (var accepted in All)
        {
            if (type.Equals(accepted, StringComparison.OrdinalIgnoreCase))
            {
                return accepted;
            }
        }

        return null;
    }

    /// <summary>Why a <c>Content-Type</c> is not accepted, for people.</summary>
    public static string RefusalOf(string contentType) =>
        $"a picture of the type {Bounded.Text(contentType, 64)}; accepted are {string.Join(", ", All)}";

    /// <summary>The type of a picture by its first bytes; null when it is none of the accepted ones.</summary>
    public static string? Of(ReadOnlySpan<byte> picture)
    {
        if (picture.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return "image/jpeg";
        }

        if (picture.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        {
            return "image/png";
        }

        if (picture.StartsWith("GIF87a"u8) || picture.StartsWith("GIF89a"u8))
        {
            return "image/gif";
        }

        if (picture.Length >= 12 && picture.StartsWith("RIFF"u8) && picture[8..].StartsWith("WEBP"u8))
        {
            return "image/webp";
        }

        if (picture.Length >= 12 && picture[4..].StartsWith("ftyp"u8))
        {
            return OfBrand(picture[8..12]);
        }

        // Two letters alone would be any text; the four bytes behind the size are always zero.
        return picture.Length >= 14 && picture.StartsWith("BM"u8) && picture[6..10].IndexOfAnyExcept((byte)0) < 0
            ? "image/bmp"
            : null;
    }

    private static string? OfBrand(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8) ? "image/avif"
        : brand.SequenceEqual("heic"u8) || brand.SequenceEqual("heix"u8) || brand.SequenceEqual("mif1"u8) ? "image/heic"
        : null;
}
