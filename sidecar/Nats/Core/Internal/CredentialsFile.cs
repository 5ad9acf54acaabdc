namespace NATS.Client.Core.Internal;

/// <summary>A <c>.creds</c> file: the blocks <c>NATS USER JWT</c> and <c>USER NKEY SEED</c> between dashed lines, as nsc writes it. Its contents are never part of an error.</summary>
internal static class CredentialsFile
{
    /// <exception cref="NatsException">A block is missing.</exception>
    public static (string Jwt, string Seed) Parse(string text, string path) =>
        (Block(text, "NATS USER JWT") ?? throw new NatsException($"Credentials file {path} has no block 'NATS USER JWT'"),
         Block(text, "USER NKEY SEED") ?? throw new NatsException($"Credentials file {path} has no block 'USER NKEY SEED'"));

    /// <summary>A seed alone, or the seed block.</summary>
    public static string ParseSeed(string text, string path)
    {
        if (Block(text, "USER NKEY SEED") is { } seed)
        {
            return seed;
        }

        return text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(static line => line.StartsWith('S')) ?? throw new NatsException($"Seed file {path} holds no seed");
    }

    private static string? Block(string text, string name)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i + 1 < lines.Length; i++)
        {
            if (lines[i].StartsWith("---", StringComparison.Ordinal) && lines[i].Contains($"BEGIN {name}", StringComparison.Ordinal))
            {
                return lines[i + 1].StartsWith('-') ? null : lines[i + 1];
            }
        }

        return null;
    }
}
