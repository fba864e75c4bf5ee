using System.Reflection;

namespace Provisioning.Testing.Real;

/// <summary>Files of the repository, and programs that were built with the tests.</summary>
public static class SourceTree
{
    private static readonly string Root = Path.GetFullPath(
        typeof(SourceTree).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "SourceRoot").Value!);

    /// <summary>Path of a file of the repository.</summary>
    public static string File(string path) => Path.Combine(Root, path);

    /// <summary>Text of a file of the repository.</summary>
    public static string Read(string path) => System.IO.File.ReadAllText(File(path));

    /// <summary>The operator of the same build configuration: it lies beside the folder of this assembly.</summary>
    public static string Operator
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(here.Parent!.Parent!.FullName, "Provisioning.Operator", here.Name, "provisioning-operator");
        }
    }
}
