namespace Provisioning.Core.Tests;

/// <summary>Finds files of the repository from where the test was compiled.</summary>
internal static class Repository
{
    public static string PathOf(string relativePath) => Path.Combine(Root(), relativePath);

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string thisFile = "")
    {
        // A deterministic CI build may map source paths away; then the test runs below the repository anyway.
        foreach (var start in new[] { Path.GetDirectoryName(thisFile), AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var directory = start; directory is not null; directory = Path.GetDirectoryName(directory))
            {
                if (File.Exists(Path.Combine(directory, "ProvisioningOperator.sln")))
                    return directory;
            }
        }

        throw new InvalidOperationException("No folder above the tests holds ProvisioningOperator.sln. Run the tests inside the repository.");
    }
}
