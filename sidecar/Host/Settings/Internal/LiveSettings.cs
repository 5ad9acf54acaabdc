namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>Settings that are read again when <c>bridge.yaml</c> changes. One for the life of the process.</summary>
internal sealed class LiveSettings : ISettings
{
    private readonly SettingsReader _reader;
    private readonly SettingValues _atStart;
    private SettingValues _read;
    private (string? File, DateTime WrittenAt, long Length) _stamp;
    private BridgeOptions _current;

    /// <exception cref="SettingsException">A setting is wrong or unknown.</exception>
    public LiveSettings(SettingsReader reader)
    {
        _reader = reader;
        _stamp = FileStamp();
        _atStart = _read = reader.Read();
        _current = _read.ToOptions();
    }

    public event Action? Changed;

    public BridgeOptions Current => Volatile.Read(ref _current);

    public string? File => _reader.FindFile();

    /// <summary>Whether the file was changed, replaced, made or deleted since it was read.</summary>
    public bool IsOutdated => FileStamp() != _stamp;

    /// <summary>Reads everything again; returns the keys that took effect and those that wait for the next start.</summary>
    /// <exception cref="SettingsException">A setting is wrong or unknown: none has taken effect.</exception>
    public (IReadOnlyList<string> Applied, IReadOnlyList<string> Waiting) Reload()
    {
        // Before the reading: what is written meanwhile is another change.
        _stamp = FileStamp();
        var read = _reader.Read();
        read.ToOptions();
        var changed = read.DifferentFrom(_read);
        _read = read;
        var live = changed.Where(setting => setting.IsLive).Select(setting => setting.Key).ToArray();
        if (live.Length > 0)
        {
            Volatile.Write(ref _current, _atStart.With(read, setting => setting.IsLive).ToOptions());
            Changed?.Invoke();
        }

        return (live, [.. changed.Where(setting => !setting.IsLive).Select(setting => setting.Key)]);
    }

    private (string? File, DateTime WrittenAt, long Length) FileStamp()
    {
        var file = File;
        var info = file is null ? null : new FileInfo(file);
        return info is { Exists: true } ? (file, info.LastWriteTimeUtc, info.Length) : default;
    }
}

/// <summary>Settings that never change: of a command, or of a test.</summary>
internal sealed class FixedSettings(BridgeOptions options) : ISettings
{
    public event Action? Changed
    {
        add { }
        remove { }
    }

    public BridgeOptions Current => options;
}
