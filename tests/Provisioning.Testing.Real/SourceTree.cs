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

    /// <summary>The operator: the native program that PROVISIONING_TEST_OPERATOR names, as users get it, or else that of the same build.</summary>
    public static string Operator => Environment.GetEnvironmentVariable("PROVISIONING_TEST_OPERATOR") is { Length: > 0 } native ? native : Program("Provisioning.Operator", "provisioning-operator");

    /// <summary>A program of the same build configuration: it lies beside the folder of this assembly.</summary>
    /// <param name="project">Its project.</param>
    /// <param name="name">Its name.</param>
    public static string Program(string project, string name)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, name);
    }
}
