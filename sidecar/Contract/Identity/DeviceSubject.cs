namespace HaNatsBridge.Contract.Identity;

/// <summary>A subject that names one device, taken apart by <see cref="HomeSubjects.TryParse"/>.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Device">Whose it is.</param>
/// <param name="Key">The entity's key for <c>.state.{key}</c>, <c>.event.{key}</c>, <c>.past.{key}</c> and <c>.image.{key}</c>; else null.</param>
public readonly record struct DeviceSubject(DeviceSubjectKind Kind, DeviceId Device, string? Key);
