using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>
/// Keeps the build switch -p:NatsClient=NATS.Net honest: every signature of the client that the sidecar uses stands in official-surface.txt. A new line is to be
/// compared with the official sources before it is added (BRIDGE_WRITE_SURFACE=1 writes the file anew); which versions of them the lines were compared with stands at the file's head.
/// </summary>
public sealed class OfficialSurfaceTests
{
    [Test]
    public void The_sidecar_uses_only_signatures_of_the_official_client()
    {
        var used = UsedBy(Path.Combine(Root(), "sidecar", "Host", "bin", Configuration(), "net10.0", "hanatsbridge.dll"));
        used.ShouldNotBeEmpty();
        var file = Path.Combine(Root(), "tests", "Nats.Tests", "official-surface.txt");
        if (Environment.GetEnvironmentVariable("BRIDGE_WRITE_SURFACE") == "1")
        {
            File.WriteAllLines(file, [.. File.ReadAllLines(file).TakeWhile(static line => line.StartsWith('#')), .. used]);
        }

        used.Except(File.ReadAllLines(file)).ShouldBeEmpty("not known to be in the official client");
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    private static string Configuration() =>
        typeof(OfficialSurfaceTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";

    private static string[] UsedBy(string path)
    {
        using var stream = File.OpenRead(path);
        using var pe = new PEReader(stream);
        var reader = pe.GetMetadataReader();
        var names = new Names(typeof(NatsConnection).Assembly.GetName().Name!);
        var used = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var handle in reader.TypeReferences)
        {
            if (names.IsClient(reader, handle))
            {
                used.Add(names.GetTypeFromReference(reader, handle, 0));
            }
        }

        foreach (var handle in reader.MemberReferences)
        {
            var member = reader.GetMemberReference(handle);
            if (names.DeclaringClientType(reader, member.Parent) is not { } type)
            {
                continue;
            }

            var name = reader.GetString(member.Name);
            if (member.GetKind() == MemberReferenceKind.Field)
            {
                used.Add($"{type}.{name} : {member.DecodeFieldSignature(names, null)}");
                continue;
            }

            var signature = member.DecodeMethodSignature(names, null);
            var generic = signature.GenericParameterCount == 0 ? string.Empty : $"`{signature.GenericParameterCount}";
            used.Add($"{type}.{name}{generic}({string.Join(", ", signature.ParameterTypes)}) : {signature.ReturnType}");
        }

        return [.. used];
    }

    /// <summary>Signatures as text; the client's types without their assembly, so that the list says nothing of whose it is.</summary>
    private sealed class Names(string client) : ISignatureTypeProvider<string, object?>
    {
        public bool IsClient(MetadataReader reader, TypeReferenceHandle handle)
        {
            var scope = reader.GetTypeReference(handle).ResolutionScope;
            return scope.Kind switch
            {
                HandleKind.AssemblyReference => reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name) == client,
                HandleKind.TypeReference => IsClient(reader, (TypeReferenceHandle)scope),
                _ => false,
            };
        }

        /// <summary>The type a member belongs to when it is the client's, with a generic type's own name.</summary>
        public string? DeclaringClientType(MetadataReader reader, EntityHandle parent)
        {
            if (parent.Kind == HandleKind.TypeReference)
            {
                return IsClient(reader, (TypeReferenceHandle)parent) ? GetTypeFromReference(reader, (TypeReferenceHandle)parent, 0) : null;
            }

            if (parent.Kind != HandleKind.TypeSpecification)
            {
                return null;
            }

            var text = reader.GetTypeSpecification((TypeSpecificationHandle)parent).DecodeSignature(this, null);
            return text.StartsWith("NATS.", StringComparison.Ordinal) ? text.Split('<')[0] : null;
        }

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            var name = reader.GetString(type.Name);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}+{name}"
                : type.Namespace.IsNil ? name : $"{reader.GetString(type.Namespace)}.{name}";
        }

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => "(the sidecar's own)";

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSZArrayType(string elementType) => $"{elementType}[]";

        public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{new string(',', shape.Rank - 1)}]";

        public string GetByReferenceType(string elementType) => $"{elementType}&";

        public string GetPointerType(string elementType) => $"{elementType}*";

        public string GetPinnedType(string elementType) => elementType;

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

        public string GetFunctionPointerType(MethodSignature<string> signature) => "(function pointer)";
    }
}
