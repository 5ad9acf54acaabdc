namespace HaNatsBridge.Contract.Json;

/// <summary>Names a place in a message as people write it: <c>entities[1].hvac_modes</c>. Foreign names are shortened.</summary>
internal static class JsonPath
{
    public static string Member(string path, string name)
    {
        name = Bounded.Text(name, 64);
        return path.Length == 0 ? name : $"{path}.{name}";
    }

    public static string Item(string path, int index) => $"{path}[{index}]";
}
