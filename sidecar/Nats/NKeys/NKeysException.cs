namespace NATS.NKeys;

/// <summary>A key or seed cannot be read or used. The message never holds it.</summary>
public class NKeysException : Exception
{
    public NKeysException(string message)
        : base(message)
    {
    }
}
