namespace HaNatsBridge.Contract.Platforms;

/// <summary>A device class of Home Assistant and what fits it.</summary>
/// <param name="Name">As <c>temperature</c>.</param>
/// <param name="IsNumeric">Whether a state of it is a number.</param>
/// <param name="Units">The units that fit; null among them: no unit; null as a whole: any.</param>
/// <param name="StateClasses">The state classes that fit; null: any.</param>
/// <param name="Convertible">The units between which Home Assistant converts.</param>
internal sealed record DeviceClass(string Name, bool IsNumeric, string?[]? Units, string[]? StateClasses, string?[] Convertible);
