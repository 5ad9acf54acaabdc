namespace HaNatsBridge.Host.Settings;

/// <summary>
/// A setting is wrong. The message names the setting as its writer wrote it and says what would be right; it is for people,
/// without a stack trace.
/// </summary>
public sealed class SettingsException(string message) : Exception(message);
