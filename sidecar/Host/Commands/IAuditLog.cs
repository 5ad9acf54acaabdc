using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Commands;

/// <summary>Who did what: records below <c>home.audit</c>, stored behind the answers.</summary>
public interface IAuditLog
{
    /// <summary>Takes a record; never waits, and drops it where too many wait for JetStream.</summary>
    /// <param name="subject">Where it is published.</param>
    /// <param name="record">The record, without secrets.</param>
    void Write(Func<HomeSubjects, string> subject, AuditRecord record);
}
