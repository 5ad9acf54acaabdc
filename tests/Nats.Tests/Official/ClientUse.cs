using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace HaNatsBridge.Nats.Tests.Official;

/// <summary>
/// What an assembly uses of the client, read from its metadata: types and members it names, abstract members it has to implement, and all values of the enums it names (a constant leaves no name behind).
/// </summary>
internal sealed class ClientUse
{
    private readonly Assembly _client;
    private readonly SortedDictionary<string, SortedSet<string>> _lines = new(StringComparer.Ordinal);

    private ClientUse(Assembly client) => _client = client;

    /// <summary>A line a type, then an indented one for each of its members that is used.</summary>
    public static IReadOnlyList<string> Of(string path, Assembly client)
    {
        var use = new ClientUse(client);
        use.Read(path);
        return [.. use._lines.SelectMany(static type => type.Value.Select(static member => $"    {member}").Prepend(type.Key))];
    }

    private void Read(string path)
    {
        var module = Assembly.LoadFrom(path).ManifestModule;
        using var pe = new PEReader(File.OpenRead(path));
        var reader = pe.GetMetadataReader();
        foreach (var handle in reader.TypeReferences)
        {
            if (module.ResolveType(MetadataTokens.GetToken(handle)) is var type && type.Assembly == _client)
            {
                MembersOf(type);
            }
        }

        foreach (var handle in reader.MemberReferences)
        {
            if (TypeOf(reader, reader.GetMemberReference(handle).Parent) is { } parent && module.ResolveType(MetadataTokens.GetToken(parent)).Assembly == _client)
            {
                // Of a generic type, the member as it was declared.
                var used = module.ResolveMember(MetadataTokens.GetToken(handle), Objects, Objects)!;
                Add(used.Module.ResolveMember(used.MetadataToken)!);
            }
        }

        foreach (var type in module.GetTypes())
        {
            Derived(type);
        }
    }

    /// <summary>Stand-ins for the type parameters of the one who uses: what is used does not depend on them.</summary>
    private static Type[] Objects { get; } = [.. Enumerable.Repeat(typeof(object), 8)];

    /// <summary>The type a member is named by, of a generic type its definition; null where that is the assembly's own.</summary>
    private static TypeReferenceHandle? TypeOf(MetadataReader reader, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeSpecification)
        {
            var signature = reader.GetBlobReader(reader.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
            if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            {
                return null;
            }

            // Class or value type, then which.
            signature.ReadByte();
            parent = signature.ReadTypeHandle();
        }

        return parent.Kind == HandleKind.TypeReference ? (TypeReferenceHandle)parent : null;
    }

    private void Derived(Type type)
    {
        for (var basis = type.BaseType; basis is not null; basis = basis.BaseType)
        {
            if (basis.Assembly == _client)
            {
                Implemented(basis);
            }
        }

        foreach (var contract in type.GetInterfaces().Where(one => one.Assembly == _client))
        {
            Implemented(contract);
        }
    }

    private void Implemented(Type type)
    {
        var declared = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        foreach (var member in declared.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(static one => one.IsAbstract))
        {
            Add(member);
        }
    }

    private SortedSet<string> MembersOf(Type type)
    {
        var line = $"{type.Namespace} {Declaration.Of(type)}";
        if (!_lines.TryGetValue(line, out var members))
        {
            _lines[line] = members = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var value in type.IsEnum ? Declaration.ValuesOf(type) : [])
            {
                members.Add(Declaration.Of(value));
            }
        }

        return members;
    }

    private void Add(MemberInfo member)
    {
        var type = member.DeclaringType!;
        var members = MembersOf(type);

        // A copy of a record and what a delegate is made with are in the type's own line.
        if (member.Name != "<Clone>$" && type.BaseType != typeof(MulticastDelegate))
        {
            members.Add(Declaration.Of(member));
        }
    }
}
