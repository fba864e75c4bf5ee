using System.Reflection;

namespace Provisioning.Observability.Tests.Support;

/// <summary>Files of the repository, and the operator that was built with the tests.</summary>
internal static class SourceTree
{
    private static readonly string Root = Path.GetFullPath(
        typeof(SourceTree).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "SourceRoot").Value!);

    /// <summary>The operator of the same build configuration.</summary>
    public static string Operator
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(here.Parent!.Parent!.FullName, "Provisioning.Operator", here.Name, "provisioning-operator");
        }
    }

    public static string PathOf(string path) => Path.Combine(Root, path);

    public static string Read(string path) => File.ReadAllText(PathOf(path));
}
