using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Mqtt.Entities;

/// <summary>Reads the parameters of a command. The sidecar has checked them against the description before.</summary>
internal static class Parameters
{
    /// <summary>Whether the parameter is there, and not null.</summary>
    public static bool Has(this JsonElement parameters, string name) => parameters.Find(name) is not null;

    /// <summary>A parameter; null where there is none.</summary>
    public static JsonElement? Find(this JsonElement parameters, string name) =>
        parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A text; null where there is none.</summary>
    public static string? Text(this JsonElement parameters, string name) => parameters.Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => throw Wrong(name, "a text"),
    };

    /// <summary>A text that must be there.</summary>
    /// <exception cref="CommandRefusedException">It is missing or no text.</exception>
    public static string RequiredText(this JsonElement parameters, string name) =>
        parameters.Text(name) ?? throw Wrong(name, "a text");

    /// <summary>A number; null where there is none.</summary>
    public static double? Number(this JsonElement parameters, string name) => parameters.Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        { ValueKind: JsonValueKind.String } text when double.TryParse(
            text.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw Wrong(name, "a number"),
    };

    /// <summary>A number that must be there.</summary>
    /// <exception cref="CommandRefusedException">It is missing or no number.</exception>
    public static double RequiredNumber(this JsonElement parameters, string name) =>
        parameters.Number(name) ?? throw Wrong(name, "a number");

    /// <summary>A number without its fraction; null where there is none.</summary>
    public static long? Whole(this JsonElement parameters, string name) => (long?)parameters.Number(name);

    /// <summary>A whole number that must be there.</summary>
    /// <exception cref="CommandRefusedException">It is missing or no number.</exception>
    public static long RequiredWhole(this JsonElement parameters, string name) => (long)parameters.RequiredNumber(name);

    /// <summary>A yes or no that must be there.</summary>
    /// <exception cref="CommandRefusedException">It is missing or neither.</exception>
    public static bool RequiredFlag(this JsonElement parameters, string name) => parameters.Find(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.String } text when text.GetString() is "on" or "off" => text.GetString() == "on",
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A list of numbers; null where there is none.</summary>
    public static double[]? Numbers(this JsonElement parameters, string name) => parameters.Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(one => one.ValueKind == JsonValueKind.Number) =>
            [.. list.EnumerateArray().Select(one => one.GetDouble())],
        _ => throw Wrong(name, "a list of numbers"),
    };

    private static CommandRefusedException Wrong(string name, string expected) =>
        new(CommandCodes.InvalidParameter, $"{name}: expected {expected}");
}
