namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>Somebody who reads the log and may be asleep.</summary>
internal interface IChangeLogReader
{
    /// <summary>There is nothing to tell: wait for <see cref="Wake"/>. Called under the log's lock.</summary>
    void Sleep();

    /// <summary>There is something new.</summary>
    /// <param name="here">Whether the reader may go on on the caller's thread. False: this is called under the log's lock, and only wakes.</param>
    void Wake(bool here);
}
