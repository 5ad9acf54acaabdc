using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>An announced device's own fields, checked and written in normal form.</summary>
internal sealed class DeviceDraft(JsonElement root, IssueList errors, IssueList warnings)
{
    private const int MaxConnections = 20;
    private const string Url = "configuration_url";

    /// <summary>The configuration URL where it is not written as given.</summary>
    private string? _url;

    private string? _viaDevice;
    private string? _parentDevice;

    public void Check()
    {
        foreach (var field in DeviceFields.Plain)
        {
            if (Given(field.Name) is { } value && field.Refuse(value) is { } refused)
            {
                errors.Add(field.Name, AnnounceCodes.InvalidValue, refused);
            }
        }

        CheckUrl();
        CheckConnections();
        _viaDevice = CheckReference("via_device");
        _parentDevice = CheckReference("parent_device");
        CheckLease();
        if (Given("when_offline") is { } meaning
            && (meaning.ValueKind != JsonValueKind.String || meaning.GetString() is not ("unavailable" or "assumed")))
        {
            errors.Add("when_offline", AnnounceCodes.InvalidValue, "expected unavailable or assumed");
        }

        foreach (var property in root.EnumerateObject())
        {
            if (!warnings.IsFull && !DeviceFields.Known.Contains(property.Name))
            {
                warnings.Add(JsonPath.Member("", property.Name), AnnounceCodes.UnknownField,
                    $"unknown field {Bounded.Text(property.Name, 64)}{DidYouMean.Hint(property.Name, DeviceFields.Known)}");
            }
        }
    }

    public void Write(Utf8JsonWriter writer)
    {
        root.GetProperty("type").WriteTo(writer, "type");
        root.GetProperty("id").WriteTo(writer, "id");
        foreach (var field in DeviceFields.Plain)
        {
            if (field.Name == Url && _url is not null)
            {
                writer.WriteString(Url, _url);
            }
            else if (Given(field.Name) is { } value)
            {
                field.Write(writer, value);
            }
        }

        if (Given("connections") is { } connections && connections.GetArrayLength() > 0)
        {
            connections.WriteTo(writer, "connections");
        }

        WriteText(writer, "via_device", _viaDevice);
        WriteText(writer, "parent_device", _parentDevice);
        if (Given("lease_seconds") is { } lease && lease.GetDouble() > 0)
        {
            lease.WriteNumberTo(writer, "lease_seconds");
        }

        if (JsonFields.Text(root, "when_offline") == "assumed")
        {
            WriteText(writer, "when_offline", "assumed");
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    /// <summary>A field's value; null when it is absent or null, which is the same.</summary>
    private JsonElement? Given(string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private void CheckUrl()
    {
        if (JsonFields.Text(root, Url) is not { } url)
        {
            return;
        }

        // Home Assistant refuses a device with any other scheme.
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https" or "homeassistant")
            || uri.Host.Length == 0)
        {
            errors.Add(Url, AnnounceCodes.InvalidValue, "expected a URL with http, https or homeassistant");
        }
        else if (uri.UserInfo.Length > 0)
        {
            _url = new UriBuilder(uri) { UserName = "", Password = "" }.Uri.AbsoluteUri;
            warnings.Add(
                Url,
                AnnounceCodes.InvalidValue,
                "user and password are left out: everyone who sees the device in Home Assistant would see them");
        }
    }

    private void CheckConnections()
    {
        if (Given("connections") is not { } connections)
        {
            return;
        }

        if (connections.ValueKind != JsonValueKind.Array || connections.GetArrayLength() > MaxConnections)
        {
            errors.Add(
                "connections", AnnounceCodes.InvalidValue,
                $"expected a list of at most {MaxConnections} pairs such as [\"mac\", \"02:00:5e:10:00:01\"]");
            return;
        }

        var index = 0;
        foreach (var pair in connections.EnumerateArray())
        {
            var path = JsonPath.Item("connections", index++);
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2
                || !IsShortText(pair[0]) || !IsShortText(pair[1]))
            {
                errors.Add(path, AnnounceCodes.InvalidValue, "expected a pair of texts such as [\"mac\", \"02:00:5e:10:00:01\"]");
            }
        }
    }

    private static bool IsShortText(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.Length is > 0 and <= 255;

    private string? CheckReference(string name)
    {
        if (Given(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || !DeviceId.TryParse(value.GetString(), out var id))
        {
            errors.Add(name, AnnounceCodes.InvalidValue, "expected {type}.{id} of a device");
            return null;
        }

        if (id.Type == JsonFields.Text(root, "type") && id.Id == JsonFields.Text(root, "id"))
        {
            warnings.Add(name, AnnounceCodes.InvalidValue, "a device cannot stand behind itself; left out");
            return null;
        }

        return id.ToString();
    }

    private void CheckLease()
    {
        if (Given("lease_seconds") is { } lease
            && (lease.ValueKind != JsonValueKind.Number
                || lease.GetDouble() is not (0 or (>= 1 and <= DeviceFields.MaxLeaseSeconds))))
        {
            errors.Add("lease_seconds", AnnounceCodes.InvalidValue, "expected 0 (no limit) or 1 to 31536000 seconds");
        }
    }
}
