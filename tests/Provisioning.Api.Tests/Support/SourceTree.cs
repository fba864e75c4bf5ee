using System.Reflection;

namespace Provisioning.Api.Tests.Support;

/// <summary>The committed files of the repository.</summary>
internal static class SourceTree
{
    internal static string Root { get; } = Path.GetFullPath(
        typeof(SourceTree).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceRoot").Value!);

    internal static string Crds => Path.Combine(Root, "crds");

    internal static string ChartCrds => Path.Combine(Root, "charts", "provisioning-operator", "files", "crds");

    internal static string Reference => Path.Combine(Root, "docs", "reference");

    internal static string Examples => Path.Combine(Root, "docs", "examples");
}
