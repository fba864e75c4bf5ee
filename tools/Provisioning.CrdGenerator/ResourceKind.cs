using System.Reflection;
using Provisioning.Api;
using Provisioning.Api.Schema;

namespace Provisioning.CrdGenerator;

/// <summary>A resource type with its names and columns.</summary>
internal sealed record ResourceKind(Type Type, KubernetesEntityAttribute Names, IReadOnlyList<PrinterColumnAttribute> Columns)
{
    /// <summary>Every resource type of the API, ordered by name.</summary>
    internal static IReadOnlyList<ResourceKind> All { get; } =
    [
        .. from type in typeof(ApiGroup).Assembly.GetTypes()
           let names = type.GetCustomAttribute<KubernetesEntityAttribute>()
           where names is not null
           orderby names.Plural
           select new ResourceKind(type, names, [.. type.GetCustomAttributes<PrinterColumnAttribute>()])
    ];

    internal string CrdFileName => $"{ApiGroup.Name}_{Names.Plural}.yaml";
}
