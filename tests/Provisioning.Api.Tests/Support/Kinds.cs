using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api.Meta;
using Provisioning.CrdGenerator;

namespace Provisioning.Api.Tests.Support;

/// <summary>The kinds of the API with their schemas, as test data.</summary>
public static class Kinds
{
    internal static IReadOnlyDictionary<string, JsonObject> Schemas { get; } =
        ResourceKind.All.ToDictionary(kind => kind.Names.Kind, GeneratedFiles.Schema, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. ResourceKind.All.Select(kind => kind.Names.Kind)];

    internal static JsonTypeInfo TypeInfo(string kind) =>
        ApiJsonContext.Default.GetTypeInfo(ResourceKind.All.Single(candidate => candidate.Names.Kind == kind).Type)!;

    internal static IKubernetesEntity Read(JsonObject json) => (IKubernetesEntity)json.Deserialize(TypeInfo((string)json["kind"]!))!;

    internal static JsonObject Write(IKubernetesEntity entity) => (JsonObject)JsonSerializer.SerializeToNode(entity, TypeInfo(entity.Kind))!;
}
