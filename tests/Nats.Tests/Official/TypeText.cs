using System.Reflection;
using System.Runtime.CompilerServices;

namespace HaNatsBridge.Nats.Tests.Official;

/// <summary>Types as C# writes them, without their namespaces: with question marks where null is allowed and the names of a tuple's elements, both as the compiler noted them.</summary>
internal sealed class TypeText
{
    private const byte MayBeNull = 2;

    private static readonly Dictionary<Type, string> Words = new()
    {
        [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(char)] = "char", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(object)] = "object",
        [typeof(string)] = "string", [typeof(uint)] = "uint", [typeof(ulong)] = "ulong", [typeof(void)] = "void",
    };

    private readonly Queue<byte> _flags;
    private readonly byte _flag;
    private readonly Queue<string?> _names;

    /// <summary>
    /// One flag for all, or one each in the order in which the type is written; where there are none, those of the member, of its type, or of the type around it hold (the compiler's document "Nullable Metadata").
    /// </summary>
    private TypeText(ICustomAttributeProvider carrier, MemberInfo? around)
    {
        var own = Attribute<NullableAttribute>(carrier)?.NullableFlags;
        for (; own is null && around is not null; around = around.DeclaringType)
        {
            own = Attribute<NullableContextAttribute>(around) is { } context ? [context.Flag] : null;
        }

        _flag = own is [var one] ? one : default;
        _flags = new Queue<byte>(own is { Length: > 1 } ? own : []);
        _names = new Queue<string?>(Attribute<TupleElementNamesAttribute>(carrier)?.TransformNames ?? []);
    }

    public static string WithoutArity(string name) => name.Split('`')[0];

    public static string Arguments(Type[] types) => types.Length == 0 ? string.Empty : $"<{string.Join(", ", types.Select(Of))}>";

    public static string Of(Type type) => Words.TryGetValue(type, out var word) ? word
        : type.IsArray ? $"{Of(type.GetElementType()!)}[]"
        : WithoutArity(type.Name) + Arguments(type.GetGenericArguments());

    public static string Of(ParameterInfo parameter) => new TypeText(parameter, parameter.Member).Text(parameter.ParameterType);

    public static string Of(PropertyInfo property) => new TypeText(property, property.DeclaringType).Text(property.PropertyType);

    public static string Of(FieldInfo field) => new TypeText(field, field.DeclaringType).Text(field.FieldType);

    public static string Of(EventInfo @event) => new TypeText(@event, @event.DeclaringType).Text(@event.EventHandlerType!);

    private static T? Attribute<T>(ICustomAttributeProvider carrier)
        where T : Attribute => (T?)carrier.GetCustomAttributes(typeof(T), inherit: false).FirstOrDefault();

    private string Text(Type type)
    {
        if (type.IsByRef)
        {
            return Text(type.GetElementType()!);
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return $"{Text(underlying)}?";
        }

        // Only a value type that is not generic has no flag.
        var flag = type.IsValueType && !type.IsGenericType ? default : _flags.TryDequeue(out var next) ? next : _flag;
        var mark = flag == MayBeNull && !type.IsValueType ? "?" : string.Empty;
        if (type.IsArray)
        {
            return $"{Text(type.GetElementType()!)}[]{mark}";
        }

        var arguments = type.GetGenericArguments();
        if (type.IsValueType && typeof(ITuple).IsAssignableFrom(type))
        {
            var names = arguments.Select(_ => _names.TryDequeue(out var name) ? $" {name}" : string.Empty).ToArray();
            return $"({string.Join(", ", arguments.Select((argument, at) => Text(argument) + names[at]))})";
        }

        return arguments.Length == 0 ? Of(type) + mark : $"{WithoutArity(type.Name)}<{string.Join(", ", arguments.Select(Text))}>{mark}";
    }
}
