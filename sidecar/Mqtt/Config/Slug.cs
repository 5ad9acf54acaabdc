using System.Globalization;
using System.Text;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>Names as parts of entity ids: small letters of ASCII, digits and underscores.</summary>
internal static class Slug
{
    /// <summary>The part for a name; accents are left out.</summary>
    public static string Of(string name)
    {
        var slug = new StringBuilder(name.Length);
        foreach (var character in name.ToLowerInvariant().Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                slug.Append(character);
            }
            else if (CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark
                && slug.Length > 0 && slug[^1] != '_')
            {
                slug.Append('_');
            }
        }

        return slug.ToString().TrimEnd('_');
    }
}
