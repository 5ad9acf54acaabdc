namespace HaNatsBridge.Contract.Identity;

/// <summary>An entity's identity: <c>{type}.{id}.{key}</c> (contract.md, "Identity").</summary>
/// <param name="Device">The device that it belongs to.</param>
/// <param name="Key">The entity within its device, one safe subject token.</param>
public readonly record struct EntityId(DeviceId Device, string Key)
{
    /// <summary>The name on the local protocol: <c>{type}.{id}.{key}</c>.</summary>
    public override string ToString() => string.Concat(Device.Type, ".", Device.Id, ".", Key);
}
