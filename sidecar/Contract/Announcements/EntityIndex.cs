using System.Collections.Immutable;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>Finds a device's entity by its key, from text or from UTF-8, without allocation. Two bytes a place, at most half full.</summary>
internal sealed class EntityIndex
{
    private readonly ImmutableArray<EntityDescription> _entities;
    private readonly ushort[] _places;

    public EntityIndex(ImmutableArray<EntityDescription> entities)
    {
        _entities = entities;
        _places = new ushort[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, entities.Length * 2))];
        for (var i = 0; i < entities.Length; i++)
        {
            var place = Hash(entities[i].KeyUtf8) & (_places.Length - 1);
            while (_places[place] != 0)
            {
                place = (place + 1) & (_places.Length - 1);
            }

            _places[place] = (ushort)(i + 1);
        }
    }

    /// <summary>Where the entity stands; -1 when there is none.</summary>
    public int IndexOf(ReadOnlySpan<byte> key)
    {
        var place = Hash(key) & (_places.Length - 1);
        while (_places[place] != 0)
        {
            var index = _places[place] - 1;
            if (key.SequenceEqual(_entities[index].KeyUtf8))
            {
                return index;
            }

            place = (place + 1) & (_places.Length - 1);
        }

        return -1;
    }

    private static int Hash(ReadOnlySpan<byte> key)
    {
        // FNV-1a: the keys are short and not secret, and there are at most a thousand.
        var hash = 2166136261;
        foreach (var c in key)
        {
            hash = (hash ^ c) * 16777619;
        }

        return (int)(hash & int.MaxValue);
    }
}
