namespace HaNatsBridge.Host.Cli;

/// <summary>What the process says with its exit code.</summary>
public static class ExitCodes
{
    /// <summary>All well, or stopped on request.</summary>
    public const int Ok = 0;

    /// <summary>It did not work, or the doctor found something.</summary>
    public const int Failed = 1;

    /// <summary>A setting or an argument is wrong.</summary>
    public const int WrongSettings = 2;

    /// <summary>Another sidecar runs on the data folder.</summary>
    public const int Taken = 3;
}
