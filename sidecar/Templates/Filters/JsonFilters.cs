using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Json;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>JSON as Home Assistant reads and writes it. Jinja's own <c>tojson</c> is in <see cref="MarkupFilters"/>.</summary>
internal static class JsonFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Filter, "from_json", "value default?", FromJson),
        new(Use.Filter, "to_json", "value ensure_ascii? pretty_print? sort_keys?", (state, a) =>
            JsonWriter.Write(state, a[0], new(a.Flag(1), a.Flag(1), a.Flag(2) ? 2 : 0, a.Flag(3)))),
    ];

    private static object? FromJson(RenderState state, Arguments a)
    {
        object? value;
        switch (a[0])
        {
            case string or Markup:
                var text = Types.AsText(a[0])!;
                state.Steps(text.Length / 16);
                state.Charge(text.Length, 4);
                return JsonReader.TryParse(text, out value) ? value : a.Default("from_json", 1);
            case byte[] bytes:
                state.Charge(bytes.Length, 4);
                return JsonReader.TryParse(bytes, out value) ? value : a.Default("from_json", 1);
            default:
                return a.Default("from_json", 1);
        }
    }
}
