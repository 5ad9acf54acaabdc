namespace NATS.Client.Core.Internal;

/// <summary>One parsed command; the ranges are into the buffer that was parsed. MSG and HMSG are one kind: HMSG has header bytes.</summary>
internal struct ServerOp
{
    public ServerOpKind Kind;

    /// <summary>Bytes of the whole command.</summary>
    public int Length;

    public int Sid;
    public int SubjectStart;
    public int SubjectLength;
    public int ReplyStart;

    /// <summary>0: no reply subject.</summary>
    public int ReplyLength;

    /// <summary>Where headers (MSG: the payload), or the text of INFO and -ERR, begin.</summary>
    public int BodyStart;

    /// <summary>Headers and payload together, or the text's length.</summary>
    public int BodyLength;

    /// <summary>-1: a MSG, which has no headers.</summary>
    public int HeaderLength;
}
