namespace Provisioning.Api.Tests.Support;

/// <summary>Folders of the repository that hold what is made from the types, or describes them.</summary>
internal static class CommittedFiles
{
    internal static string Root { get; } = SourceTree.File("");

    internal static string Crds { get; } = SourceTree.File("crds");

    internal static string ChartCrds { get; } = SourceTree.File("charts/provisioning-operator/files/crds");

    internal static string Reference { get; } = SourceTree.File("docs/reference");

    internal static string Examples { get; } = SourceTree.File("docs/examples");
}
