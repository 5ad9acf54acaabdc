using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace HaNatsBridge.Nats.Tests.Official;

/// <summary>
/// What a type or a member of it promises, as one writes it in C#: kind, accessibility, modifiers, names and order of parameters, defaults, nullability, accessors, values of an enum. So a line can be laid
/// beside the official API reference, which prints the same; and whatever a caller's source may depend on (a named argument, a default, a constant, a warning) is in it.
/// </summary>
internal static class Declaration
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The type's own line, without its members.</summary>
    public static string Of(Type type)
    {
        if (type.BaseType == typeof(MulticastDelegate))
        {
            var invoke = type.GetMethod("Invoke")!;
            return $"public delegate {Returned(invoke)} {Name(type)}({Parameters(invoke)})";
        }

        var underlying = type.IsEnum ? Enum.GetUnderlyingType(type) : null;
        string[] bases = underlying is null
            ? [.. Bases(type).Select(TypeText.Of)]
            : underlying == typeof(int) ? [] : [TypeText.Of(underlying)];
        return $"public {Kind(type)} {Name(type)}{(bases.Length == 0 ? string.Empty : $" : {string.Join(", ", bases)}")}";
    }

    /// <summary>A member's line; an accessor's is its property's or event's.</summary>
    public static string Of(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"{Access(constructor)}{TypeText.WithoutArity(member.DeclaringType!.Name)}({Parameters(constructor)})",
        MethodInfo { IsSpecialName: true } accessor when Owner(accessor) is { } owner => Of(owner),
        MethodInfo method => $"{Access(method)}{Returned(method)} {method.Name}{TypeText.Arguments(method.GetGenericArguments())}({Parameters(method)})",
        PropertyInfo property => Of(property),
        EventInfo @event => $"{Access(@event.AddMethod!)}event {TypeText.Of(@event)} {@event.Name}",
        FieldInfo { DeclaringType.IsEnum: true } field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}",
        FieldInfo field => $"public {(field.IsStatic ? "static " : string.Empty)}{(field.IsInitOnly ? "readonly " : string.Empty)}{TypeText.Of(field)} {field.Name}",
        _ => throw new ArgumentException($"not a member that can be declared: {member}", nameof(member)),
    };

    public static IEnumerable<FieldInfo> ValuesOf(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static);

    public static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null || (type.IsValueType && type.GetMethod("PrintMembers", Own) is not null);

    private static string Of(PropertyInfo property)
    {
        var access = Access(property.GetMethod ?? property.SetMethod!);
        var text = TypeText.Of(property);
        var index = property.GetIndexParameters();
        var name = index.Length == 0 ? property.Name : $"this[{string.Join(", ", index.Select(Parameter))}]";
        var setter = property.SetMethod is not { IsPrivate: false, IsAssembly: false } set ? string.Empty
            : set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : string.Empty;
        return $"{access}{required}{text} {name} {{{(property.GetMethod is null ? string.Empty : " get;")}{setter} }}";
    }

    private static MemberInfo? Owner(MethodInfo accessor) =>
        (MemberInfo?)accessor.DeclaringType!.GetProperties(Own).FirstOrDefault(property => property.GetAccessors(nonPublic: true).Contains(accessor))
        ?? accessor.DeclaringType.GetEvents(Own).FirstOrDefault(@event => @event.AddMethod == accessor || @event.RemoveMethod == accessor);

    private static string Kind(Type type)
    {
        var record = IsRecord(type) ? "record " : string.Empty;
        return type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : string.Empty)}{record}struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => $"abstract {record}class",
            { IsSealed: true } => $"sealed {(record.Length > 0 ? record.TrimEnd() : "class")}",
            _ => record.Length > 0 ? record.TrimEnd() : "class",
        };
    }

    /// <summary>What a caller may take the type for; a record's equality goes without saying.</summary>
    private static IEnumerable<Type> Bases(Type type)
    {
        var basis = type.BaseType;
        if (basis is not null && basis != typeof(object) && basis != typeof(ValueType))
        {
            yield return basis;
        }

        var equality = typeof(IEquatable<>).MakeGenericType(type);
        var inherited = basis?.GetInterfaces() ?? [];
        foreach (var one in type.GetInterfaces().Where(one => one.IsPublic && one != equality && !inherited.Contains(one)).OrderBy(TypeText.Of, StringComparer.Ordinal))
        {
            yield return one;
        }
    }

    private static string Name(Type type)
    {
        var parameters = type.GetGenericArguments().Select(static one =>
            (one.GenericParameterAttributes & GenericParameterAttributes.VarianceMask) switch
            {
                GenericParameterAttributes.Contravariant => $"in {one.Name}",
                GenericParameterAttributes.Covariant => $"out {one.Name}",
                _ => one.Name,
            }).ToArray();
        return TypeText.WithoutArity(type.Name) + (parameters.Length == 0 ? string.Empty : $"<{string.Join(", ", parameters)}>");
    }

    private static string Access(MethodBase method)
    {
        if (method.DeclaringType!.IsInterface)
        {
            return string.Empty;
        }

        var access = method.IsPublic ? "public " : method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "internal ";
        var isOverride = method is MethodInfo own && own.GetBaseDefinition() != own;
        return access + method switch
        {
            { IsStatic: true } => "static ",
            { IsAbstract: true } => "abstract ",
            { IsVirtual: true, IsFinal: false } when isOverride => "override ",
            { IsVirtual: true, IsFinal: false } when !method.DeclaringType.IsSealed => "virtual ",
            _ => string.Empty,
        };
    }

    private static string Returned(MethodInfo method) => TypeText.Of(method.ReturnParameter);

    private static string Parameters(MethodBase method)
    {
        var isExtension = method.IsDefined(typeof(ExtensionAttribute));
        return (isExtension ? "this " : string.Empty) + string.Join(", ", method.GetParameters().Select(Parameter));
    }

    private static string Parameter(ParameterInfo parameter)
    {
        var way = parameter switch { { IsOut: true } => "out ", { IsIn: true } => "in ", { ParameterType.IsByRef: true } => "ref ", _ => string.Empty };
        var promise = parameter.GetCustomAttribute<System.Diagnostics.CodeAnalysis.NotNullWhenAttribute>() is { } when
            ? $"[NotNullWhen({(when.ReturnValue ? "true" : "false")})] " : string.Empty;
        return $"{promise}{way}{TypeText.Of(parameter)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Default(parameter)}" : string.Empty)}";
    }

    private static string Default(ParameterInfo parameter) => parameter.RawDefaultValue switch
    {
        null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
        bool value => value ? "true" : "false",
        string value => $"\"{value}\"",
        var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
