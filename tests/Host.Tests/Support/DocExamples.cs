namespace HaNatsBridge.Host.Tests.Support;

/// <summary>The examples of a page in docs/: its fenced blocks of YAML.</summary>
internal static class DocExamples
{
    public static IReadOnlyList<string> Yaml(string page)
    {
        var blocks = new List<string>();
        List<string>? block = null;
        foreach (var line in File.ReadLines(Path.Combine(Project.Root, "docs", page)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                if (block is not null)
                {
                    blocks.Add(string.Join('\n', block) + "\n");
                }

                block = block is null && line == "```yaml" ? [] : null;
            }
            else
            {
                block?.Add(line);
            }
        }

        return blocks;
    }
}
