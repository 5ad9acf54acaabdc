using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Whether a request may be about a device (docs/devices.md, "Announce"). The subject says who sends it, because the server checks
/// it: a device with a credential may use its own subject only, and whoever has none the plain one only. So on the plain subject
/// nothing may be said of a device that has a credential.
/// </summary>
/// <param name="storage">The home's subjects.</param>
/// <param name="fleets">The credentials; none where the server is not ours.</param>
internal sealed class SenderCheck(IHomeStorage storage, IEnumerable<IFleet> fleets)
{
    private readonly IFleet? _fleet = fleets.FirstOrDefault();

    /// <summary>Why a request on this subject may not be about the device; null: it may.</summary>
    public ContractError? Refuse(string subject, DeviceId device)
    {
        if (storage.Subjects.TryParse(subject, out var named))
        {
            return named.Device == device
                ? null
                : new ContractError("id", AnnounceCodes.Unauthorized, $"{device} cannot be announced or removed on {subject}");
        }

        try
        {
            return _fleet?.Of(device) is null
                ? null
                : new ContractError(
                    "id",
                    AnnounceCodes.Unauthorized,
                    $"{device} has a credential: only with it, and on {subject}.{device}, it is announced and removed");
        }
        catch (FleetException exception)
        {
            return new ContractError("", AnnounceCodes.NotStored, $"{exception.Message} Until then try again.");
        }
    }
}
