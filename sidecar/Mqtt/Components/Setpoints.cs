using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary>
/// The target temperatures of a thermostat: one, or a lowest and a highest. A thermostat that has both kinds, with the modes for
/// them, shows one kind at a time and remembers the other.
/// </summary>
internal sealed class Setpoints
{
    private const string Range = "heat_cool";

    private readonly EntityValue _value;
    private readonly bool _hasBothKinds;
    private double? _single;
    private double? _low;
    private double? _high;
    private double? _parkedSingle;
    private (double? Low, double? High) _parkedRange;

    public Setpoints(
        EntityValue value, Control single, Control low, Control high, double initial, IReadOnlyCollection<string> modes)
    {
        (_value, Single, Low, High) = (value, single, low, high);
        _hasBothKinds = modes.Contains(Range) && (modes.Contains("heat") || modes.Contains("cool"));
        _single = single.IsAssumed ? initial : null;
        _low = low.IsAssumed ? initial : null;
        _high = high.IsAssumed ? initial : null;
        Write();
    }

    /// <summary>How the one temperature is set.</summary>
    public Control Single { get; }

    /// <summary>How the lowest one is set.</summary>
    public Control Low { get; }

    /// <summary>How the highest one is set.</summary>
    public Control High { get; }

    /// <summary>Whether there is a lowest or a highest one.</summary>
    public bool HasRange => Low.IsGiven || High.IsGiven;

    /// <summary>Takes the one temperature from the device.</summary>
    public void TakeSingle(double? value)
    {
        _single = value;
        if (value is not null)
        {
            ParkRange();
        }

        Write();
    }

    /// <summary>Takes the lowest one from the device.</summary>
    public void TakeLow(double? value)
    {
        _low = value;
        if (value is not null)
        {
            ParkSingle();
        }

        Write();
    }

    /// <summary>Takes the highest one from the device.</summary>
    public void TakeHigh(double? value)
    {
        _high = value;
        if (value is not null)
        {
            ParkSingle();
        }

        Write();
    }

    /// <summary>After a command: the one temperature, where no topic tells it.</summary>
    public void AssumeSingle(double value)
    {
        if (Single.IsAssumed)
        {
            TakeSingle(value);
        }
    }

    /// <summary>After a command: the lowest one, where no topic tells it.</summary>
    public void AssumeLow(double value)
    {
        if (Low.IsAssumed)
        {
            TakeLow(value);
        }
    }

    /// <summary>After a command: the highest one, where no topic tells it.</summary>
    public void AssumeHigh(double value)
    {
        if (High.IsAssumed)
        {
            TakeHigh(value);
        }
    }

    /// <summary>Changes the kind with an assumed mode.</summary>
    public void Swap(string mode)
    {
        if (!_hasBothKinds || mode is not ("cool" or "heat" or Range))
        {
            return;
        }

        if (Single.IsAssumed)
        {
            if (mode == Range)
            {
                ParkSingle();
            }
            else
            {
                _single ??= _parkedSingle;
            }
        }

        if (Low.IsAssumed && High.IsAssumed)
        {
            if (mode != Range)
            {
                ParkRange();
            }
            else if (_low is null && _high is null)
            {
                (_low, _high) = _parkedRange;
            }
        }

        Write();
    }

    /// <summary>Whether the wanted values are there; null is not wanted.</summary>
    public bool Show(double? single, double? low, double? high) =>
        (single is null || _single == single) && (low is null || _low == low) && (high is null || _high == high);

    private void ParkSingle()
    {
        if (_hasBothKinds && _single is not null)
        {
            (_parkedSingle, _single) = (_single, null);
        }
    }

    private void ParkRange()
    {
        if (_hasBothKinds && (_low is not null || _high is not null))
        {
            (_parkedRange, _low, _high) = ((_low, _high), null, null);
        }
    }

    private void Write()
    {
        _value["temperature"] = Single.IsGiven ? _single : null;
        _value["target_temp_low"] = HasRange ? _low : null;
        _value["target_temp_high"] = HasRange ? _high : null;
    }
}
