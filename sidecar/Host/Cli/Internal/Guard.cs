using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>Turns what a person can mend into one message and an exit code.</summary>
internal static class Guard
{
    public static async Task<int> RunAsync(TextWriter error, Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (SettingsException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCodes.WrongSettings;
        }
        catch (DataFolderException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return exception.IsTaken ? ExitCodes.Taken : ExitCodes.Failed;
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or EmbeddedServerException or TimeoutException)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCodes.Failed;
        }
    }
}
