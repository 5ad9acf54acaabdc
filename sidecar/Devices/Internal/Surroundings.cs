using HaNatsBridge.Contract.Identity;
using Microsoft.Extensions.Logging;

namespace HaNatsBridge.Devices.Internal;

/// <summary>What the parts of a connection share.</summary>
internal sealed record Surroundings(
    HomeSubjects Subjects, CredentialScope Scope, TimeProvider Time, Chance Chance, ILogger Logger);
