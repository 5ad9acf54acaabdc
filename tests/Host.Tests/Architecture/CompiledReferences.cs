using Mono.Cecil;
using Mono.Cecil.Cil;

namespace HaNatsBridge.Host.Tests.Architecture;

/// <summary>Who uses what, read from a compiled assembly: signatures, bodies, attributes and generic arguments.</summary>
internal static class CompiledReferences
{
    /// <summary>Every type of the assembly with every member or type that it uses, nested and generated types counted as their outermost one.</summary>
    public static IEnumerable<(TypeDefinition User, TypeReference Used, string? Member)> Of(ModuleDefinition module) =>
        from top in module.Types
        from type in Nested(top)
        from use in Uses(type)
        select (top, use.Type, use.Member);

    /// <summary>The namespace of the outermost type: nested ones have none of their own.</summary>
    public static string NamespaceOf(TypeReference type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type.Namespace;
    }

    private static IEnumerable<TypeDefinition> Nested(TypeDefinition type) => type.NestedTypes.SelectMany(Nested).Prepend(type);

    private static IEnumerable<(TypeReference Type, string? Member)> Uses(TypeDefinition type)
    {
        IEnumerable<TypeReference?> types =
        [
            type.BaseType,
            .. type.Interfaces.Select(one => one.InterfaceType),
            .. type.Fields.Select(field => field.FieldType),
            .. type.Properties.Select(property => property.PropertyType),
            .. type.Events.Select(one => one.EventType),
            .. type.CustomAttributes.Select(attribute => attribute.AttributeType),
            .. type.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType),
        ];
        return types.OfType<TypeReference>().SelectMany(Flatten).Select(used => (used, (string?)null)).Concat(type.Methods.SelectMany(Uses));
    }

    private static IEnumerable<(TypeReference Type, string? Member)> Uses(MethodDefinition method)
    {
        foreach (var used in method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType).SelectMany(Flatten))
        {
            yield return (used, null);
        }

        if (!method.HasBody)
        {
            yield break;
        }

        foreach (var used in method.Body.Variables.Select(variable => variable.VariableType).SelectMany(Flatten))
        {
            yield return (used, null);
        }

        foreach (var use in method.Body.Instructions.SelectMany(Uses))
        {
            yield return use;
        }
    }

    private static IEnumerable<(TypeReference Type, string? Member)> Uses(Instruction instruction) => instruction.Operand switch
    {
        // An instruction that calls through a pointer.
        CallSite call => [.. Flatten(call.ReturnType).Select(used => (used, (string?)null))],
        GenericInstanceMethod generic =>
            [.. generic.GenericArguments.SelectMany(Flatten).Select(used => (used, (string?)null)), (generic.DeclaringType, generic.Name)],
        MethodReference method => [.. Flatten(method.DeclaringType).Select(used => (used, (string?)method.Name))],
        FieldReference field => [.. Flatten(field.DeclaringType).Select(used => (used, (string?)field.Name))],
        TypeReference type => [.. Flatten(type).Select(used => (used, (string?)null))],
        _ => [],
    };

    private static IEnumerable<TypeReference> Flatten(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Flatten).Append(generic.ElementType),
        FunctionPointerType pointer => pointer.Parameters.Select(parameter => parameter.ParameterType).Append(pointer.ReturnType).SelectMany(Flatten),
        TypeSpecification specification => Flatten(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
