using System.Text.Json.Nodes;

namespace Provisioning.CrdGenerator;

/// <summary>The generated files, by name, as text. Same types, same bytes: a test compares them with the committed ones.</summary>
internal static class GeneratedFiles
{
    /// <summary>The command that makes them anew, for headers and messages.</summary>
    internal const string Command = "dotnet run --project tools/Provisioning.CrdGenerator -- crds docs/reference charts/provisioning-operator/files/crds";

    /// <summary>One CustomResourceDefinition a file, as kubectl and Helm take them.</summary>
    internal static IReadOnlyDictionary<string, string> Crds() =>
        ResourceKind.All.ToDictionary(
            kind => kind.CrdFileName,
            kind => $"# Generated from src/Provisioning.Api; do not edit. To make it anew: {Command}\n{YamlWriter.Write(CustomResourceDefinition.Of(kind))}",
            StringComparer.Ordinal);

    /// <summary>The reference page of the API.</summary>
    internal static IReadOnlyDictionary<string, string> Reference() =>
        new Dictionary<string, string>(StringComparer.Ordinal) { ["api.md"] = ReferencePage.Write(ResourceKind.All) };

    /// <summary>The schema of one kind as in its CRD.</summary>
    internal static JsonObject Schema(ResourceKind kind) => new SchemaBuilder(XmlDocumentation.OfApi()).Build(kind);
}
