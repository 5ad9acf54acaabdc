using System.Globalization;
using System.Text;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>Processes as /proc shows them.</summary>
internal static class Processes
{
    private const int StartTimeField = 19;

    /// <summary>Changes with every boot, so that a process number of before means nothing.</summary>
    public static string BootId { get; } = File.Exists("/proc/sys/kernel/random/boot_id")
        ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()
        : "";

    /// <summary>When the process started, in clock ticks since boot; null when it does not live (a zombie does not).</summary>
    public static long? StartOf(int pid)
    {
        try
        {
            // The name, in parentheses, may contain anything: fields are counted after its end.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A living process with that argument, such as a configuration file's path; null when there is none.</summary>
    public static int? FindByArgument(string argument)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)
                || pid == Environment.ProcessId)
            {
                continue;
            }

            try
            {
                var arguments = Encoding.UTF8.GetString(File.ReadAllBytes($"{folder}/cmdline")).Split('\0');
                if (arguments.Contains(argument, StringComparer.Ordinal) && StartOf(pid) is not null)
                {
                    return pid;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked, or is not ours to look at.
                continue;
            }
        }

        return null;
    }
}
