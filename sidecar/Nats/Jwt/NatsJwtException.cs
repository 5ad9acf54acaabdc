namespace NATS.Jwt;

/// <summary>A JWT cannot be made, read or trusted. The message never holds it.</summary>
public class NatsJwtException : Exception
{
    public NatsJwtException(string message)
        : base(message)
    {
    }

    public NatsJwtException(string message, Exception exception)
        : base(message, exception)
    {
    }
}
