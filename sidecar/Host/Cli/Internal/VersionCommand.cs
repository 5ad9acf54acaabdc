using System.CommandLine;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Print the version");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(Product.Version));
        return command;
    }
}
