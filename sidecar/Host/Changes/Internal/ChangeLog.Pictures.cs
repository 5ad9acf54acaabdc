using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>The newest picture of each entity, without its bytes.</summary>
internal sealed partial class ChangeLog : IPictureListener
{
    public void PictureChanged(EntityId entity, Picture picture)
    {
        lock (Gate)
        {
            SetPicture(NodeOf(entity.Device), entity, picture);
        }

        WakeReaders();
    }

    public void PictureRemoved(EntityId entity)
    {
        lock (Gate)
        {
            if (!_devices.TryGetValue(entity.Device, out var device) || !device.Pictures.TryGetValue(entity.Key, out var node))
            {
                return;
            }

            if (IsDeclared(device, entity.Key))
            {
                SetPicture(device, entity, null);
            }
            else
            {
                ChangeList.Remove(node);
                device.Pictures.Remove(entity.Key);
                Forget(device);
            }
        }

        WakeReaders();
    }

    private void SetPicture(DeviceNode device, EntityId entity, Picture? picture)
    {
        if (!device.Pictures.TryGetValue(entity.Key, out var node))
        {
            device.Pictures[entity.Key] = node = new PictureNode(entity);
        }

        node.Picture = picture;
        if (IsDeclared(device, entity.Key))
        {
            States.MoveToEnd(node, ++Seq);
        }
        else
        {
            // Published with the description that it belongs to.
            ChangeList.Remove(node);
        }
    }

    /// <summary>After a new description: pictures of keys that are gone are dropped, those that came before their key are there now.</summary>
    private void MatchPictures(DeviceNode node, RegisteredDevice device, RegisteredDevice? before)
    {
        foreach (var (key, picture) in node.Pictures)
        {
            if (!device.Description.TryGetEntity(key, out var entity) || !entity.MayHavePicture)
            {
                ChangeList.Remove(picture);
                node.Pictures.Remove(key);
            }
            else if (picture.List is null || IsNew(entity, before?.Description))
            {
                States.MoveToEnd(picture, ++Seq);
            }
        }
    }
}
