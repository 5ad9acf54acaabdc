using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.MqttBridge;

/// <summary>What a broker has stored, as the home would show it.</summary>
/// <param name="Version">The version of MQTT that was agreed on: <c>5</c> or <c>3.1.1</c>.</param>
/// <param name="Devices">The devices, by name.</param>
/// <param name="Problems">What is not used.</param>
public sealed record BrokerInventory(
    string Version, IReadOnlyList<InventoryDevice> Devices, IReadOnlyList<InventoryProblem> Problems);

/// <summary>A device.</summary>
/// <param name="Id">Its identity in the home.</param>
/// <param name="Name">Its name.</param>
/// <param name="Manufacturer">Who made it; null: unknown.</param>
/// <param name="Model">What it is; null: unknown.</param>
/// <param name="Entities">Its entities, by platform and entity id.</param>
public sealed record InventoryDevice(
    DeviceId Id, string Name, string? Manufacturer, string? Model, IReadOnlyList<InventoryEntity> Entities);

/// <summary>An entity.</summary>
/// <param name="Key">Its key on the device.</param>
/// <param name="Platform">Its platform.</param>
/// <param name="EntityId">Its entity id in Home Assistant.</param>
/// <param name="IsDeclared">Whether the message names the entity id; else it is made of the names.</param>
/// <param name="State">Its state; null: none has come.</param>
public sealed record InventoryEntity(string Key, string Platform, string EntityId, bool IsDeclared, JsonNode? State);

/// <summary>Something that is not used.</summary>
/// <param name="Topic">The topic of the message, or the filter that the broker does not allow.</param>
/// <param name="Path">Where in the message; empty: all of it.</param>
/// <param name="Reason">Why, and what would be right.</param>
public sealed record InventoryProblem(string Topic, string Path, string Reason);
