using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Support;

/// <summary>Descriptions for tests, always by way of an announcement.</summary>
internal static class Devices
{
    public static DeviceDescription Of(params string[] entities) =>
        Read($$"""{"schema":1,"type":"test","id":"bench","entities":[{{string.Join(",", entities)}}]}""");

    public static DeviceDescription Read(string announcement)
    {
        var result = AnnouncementReader.Read(Encoding.UTF8.GetBytes(announcement));
        result.Errors.ShouldBeEmpty();
        return result.Device.ShouldNotBeNull();
    }

    public static EntityDescription Entity(JsonNode description) => Of(Fixtures.Text(description)).Entities[0];

    public static EntityDescription Entity(string description) => Of(description).Entities[0];
}
