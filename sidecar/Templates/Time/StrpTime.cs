using System.Globalization;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Time;

/// <summary>Python's strptime, in the C locale.</summary>
internal sealed class StrpTime
{
    private readonly string _text;
    private int _at;
    private int _year = 1900;
    private int _month = 1;
    private int _day = 1;
    private int _hour;
    private int _minute;
    private int _second;
    private int _micro;
    private int _dayOfYear;
    private bool? _afternoon;
    private bool _failed;
    private TimeZoneValue? _zone;

    private StrpTime(string text) => _text = text;

    /// <summary>Null if the text does not match the format.</summary>
    public static DateTimeValue? Parse(string text, string format)
    {
        var parser = new StrpTime(text);
        parser.Read(format);
        return parser._failed || parser._at != text.Length ? null : parser.Result();
    }

    private DateTimeValue? Result()
    {
        var hour = _afternoon is { } afternoon ? (_hour % 12) + (afternoon ? 12 : 0) : _hour;
        if (_year < 1 || _month is < 1 or > 12 || _day < 1 || _day > DateTime.DaysInMonth(_year, _month) || hour > 23
            || _minute > 59 || _second > 59)
        {
            return null;
        }

        var time = new DateTime(_year, _month, _day, hour, _minute, _second).AddTicks(_micro * 10L);
        return new(_dayOfYear > 0 ? new DateTime(_year, 1, 1).AddDays(_dayOfYear - 1) + time.TimeOfDay : time, _zone);
    }

    private void Read(string format)
    {
        for (var at = 0; at < format.Length && !_failed; at++)
        {
            if (Types.IsSpace(format[at]))
            {
                var from = _at;
                while (_at < _text.Length && Types.IsSpace(_text[_at]))
                {
                    _at++;
                }

                while (at + 1 < format.Length && Types.IsSpace(format[at + 1]))
                {
                    at++;
                }

                _failed |= from == _at;
            }
            else if (format[at] != '%')
            {
                _failed |= _at >= _text.Length || char.ToLowerInvariant(_text[_at]) != char.ToLowerInvariant(format[at]);
                _at++;
            }
            else if (at + 1 < format.Length)
            {
                Directive(format[++at]);
            }
            else
            {
                throw Fail.Value("stray % in format: write %%");
            }
        }
    }

    private void Directive(char c)
    {
        switch (c)
        {
            case 'Y':
                _year = Number(4, 4);
                break;
            case 'y':
                _year = Number(2, 2);
                _year += _year < 69 ? 2000 : 1900;
                break;
            case 'm':
                _month = Number(1, 2, 12);
                break;
            case 'd' or 'e':
                _at += _at < _text.Length && _text[_at] == ' ' && c == 'd' ? 1 : 0;
                _day = Number(1, 2, 31);
                break;
            case 'H':
                _hour = Number(1, 2, 23);
                break;
            case 'I':
                _hour = Number(1, 2, 12);
                _failed |= _hour == 0;
                _afternoon ??= false;
                break;
            case 'M':
                _minute = Number(1, 2, 59);
                break;
            case 'S':
                _second = Number(1, 2, 61);
                break;
            case 'f':
                var from = _at;
                _micro = Number(1, 6);
                _micro = _failed ? 0 : _micro * (int)Math.Pow(10, 6 - (_at - from));
                break;
            case 'j':
                _dayOfYear = Number(1, 3, 366);
                break;
            case 'w' or 'u':
                Number(1, 1, 7);
                break;
            case 'U' or 'W' or 'V':
                Number(1, 2, 53);
                break;
            case 'p':
                _afternoon = Word(["am", "pm"]) == 1;
                break;
            case 'A':
                Word(StrfTime.Days);
                break;
            case 'a':
                Word([.. StrfTime.Days.Select(day => day[..3])]);
                break;
            case 'B':
                _month = Word(StrfTime.Months) + 1;
                break;
            case 'b' or 'h':
                _month = Word([.. StrfTime.Months.Select(month => month[..3])]) + 1;
                break;
            case 'z':
                Zone();
                break;
            case 'Z':
                Word(["utc", "gmt"]);
                break;
            case 'c':
                Read("%a %b %d %H:%M:%S %Y");
                break;
            case 'x' or 'D':
                Read("%m/%d/%y");
                break;
            case 'X' or 'T':
                Read("%H:%M:%S");
                break;
            case 'R':
                Read("%H:%M");
                break;
            case 'F':
                Read("%Y-%m-%d");
                break;
            case '%':
                _failed |= _at >= _text.Length || _text[_at++] != '%';
                break;
            default:
                throw Fail.Value($"'{c}' is a bad directive in the format");
        }
    }

    private int Number(int min, int max, int limit = int.MaxValue)
    {
        var from = _at;
        while (_at < _text.Length && _at - from < max && char.IsAsciiDigit(_text[_at]))
        {
            _at++;
        }

        while (_at - from > min && int.Parse(_text.AsSpan(from, _at - from), CultureInfo.InvariantCulture) > limit)
        {
            _at--;
        }

        var value = _at - from < min ? int.MaxValue : int.Parse(_text.AsSpan(from, _at - from), CultureInfo.InvariantCulture);
        _failed |= _at - from < min || value > limit;
        return _failed ? 0 : value;
    }

    private int Word(string[] words)
    {
        for (var index = 0; index < words.Length; index++)
        {
            if (string.Compare(_text, _at, words[index], 0, words[index].Length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                _at += words[index].Length;
                return index;
            }
        }

        _failed = true;
        return 0;
    }

    private void Zone()
    {
        if (_at < _text.Length && _text[_at] is 'Z' or 'z')
        {
            _at++;
            _zone = TimeZoneValue.Utc;
            return;
        }

        var negative = _at < _text.Length && _text[_at] == '-';
        _failed |= _at >= _text.Length || _text[_at] is not ('+' or '-');
        _at++;
        var hours = _failed ? 0 : Number(2, 2);
        _at += !_failed && _at < _text.Length && _text[_at] == ':' ? 1 : 0;
        var minutes = _failed ? 0 : Number(2, 2, 59);
        var offset = new TimeSpan(hours, minutes, 0);
        _failed |= offset >= TimeSpan.FromDays(1);
        _zone = _failed ? null : TimeZoneValue.At(negative ? -offset : offset);
    }
}
