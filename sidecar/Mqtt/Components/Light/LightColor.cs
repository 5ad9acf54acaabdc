namespace HaNatsBridge.Mqtt.Components.Light;

/// <summary>Conversions of colours as Home Assistant makes them.</summary>
internal static class LightColor
{
    private const double Full = 255;
    private const double MiredsPerKelvin = 1_000_000;
    private const double Coldest = 40_000;
    private const double Warmest = 1_000;

    /// <summary>Mireds to kelvin, or kelvin to mireds, rounded down; 0 where there is no such temperature.</summary>
    public static int Invert(double temperature) =>
        temperature > 0 ? (int)Math.Min(Math.Floor(MiredsPerKelvin / temperature), int.MaxValue) : 0;

    /// <summary>Hue from 0 to 360 and saturation from 0 to 100.</summary>
    public static double[] ToHs(int red, int green, int blue)
    {
        double r = red / Full, g = green / Full, b = blue / Full;
        var max = Math.Max(r, Math.Max(g, b));
        var range = max - Math.Min(r, Math.Min(g, b));
        if (range == 0)
        {
            return [0, 0];
        }

        double fromRed = (max - r) / range, fromGreen = (max - g) / range, fromBlue = (max - b) / range;
        var hue = max == r ? fromBlue - fromGreen : max == g ? 2 + fromRed - fromBlue : 4 + fromGreen - fromRed;
        hue = hue / 6 % 1;
        return [Math.Round((hue < 0 ? hue + 1 : hue) * 360, 3), Math.Round(range / max * 100, 3)];
    }

    /// <summary>Red, green and blue of hue, saturation and brightness (all of it is 1).</summary>
    public static int[] ToRgb(double hue, double saturation, double brightness)
    {
        double h = hue / 360 * 6, s = saturation / 100;
        var sector = (int)h;
        var part = h - sector;
        var (low, falling, rising) = (brightness * (1 - s), brightness * (1 - (s * part)), brightness * (1 - (s * (1 - part))));
        var (r, g, b) = s == 0
            ? (brightness, brightness, brightness)
            : (sector % 6) switch
            {
                0 => (brightness, rising, low),
                1 => (falling, brightness, low),
                2 => (low, brightness, rising),
                3 => (low, falling, brightness),
                4 => (rising, low, brightness),
                _ => (brightness, low, falling),
            };
        return [Round(r * Full), Round(g * Full), Round(b * Full)];
    }

    /// <summary>How bright a colour is, 0 to 255; the channels beyond blue are white, or cold and warm white.</summary>
    public static int BrightnessOf(IReadOnlyList<int> channels, int minKelvin, int maxKelvin)
    {
        var most = channels.Max();
        if (channels.Count == 3 || most == 0)
        {
            return most;
        }

        // Scaled to the brightest channel of the input, so this is its brightness unless nothing is left of the colour.
        var (r, g, b) = channels.Count == 4 ? (channels[3], channels[3], channels[3]) : WhiteOf(channels, minKelvin, maxKelvin);
        var brightest = Math.Max(channels[0] + r, Math.Max(channels[1] + g, channels[2] + b));
        return brightest == 0 ? 0 : Round(brightest * (most / (double)brightest));
    }

    private static (double R, double G, double B) WhiteOf(IReadOnlyList<int> channels, int minKelvin, int maxKelvin)
    {
        double cold = channels[3], warm = channels[4];
        double maxMireds = Invert(minKelvin), minMireds = Invert(maxKelvin);
        var share = cold + warm == 0 ? 0.5 : warm / (cold + warm);
        var kelvin = Math.Clamp(Invert(minMireds + (share * (maxMireds - minMireds))), Warmest, Coldest) / 100;
        var level = Math.Max(cold, warm) / Full;
        var red = kelvin <= 66 ? Full : 329.698727446 * Math.Pow(kelvin - 60, -0.1332047592);
        var green = kelvin <= 66
            ? (99.4708025861 * Math.Log(kelvin)) - 161.1195681661
            : 288.1221695283 * Math.Pow(kelvin - 60, -0.0755148492);
        var blue = kelvin >= 66 ? Full : kelvin <= 19 ? 0 : (138.5177312231 * Math.Log(kelvin - 10)) - 305.0447927307;
        return (Math.Clamp(red, 0, Full) * level, Math.Clamp(green, 0, Full) * level, Math.Clamp(blue, 0, Full) * level);
    }

    private static int Round(double number) => Config.PythonNumber.Round(number);
}
