
namespace Provisioning.Cli.Tests.Support;

/// <summary>Texts as they were approved by a person. UPDATE_APPROVED=1 writes what is printed now; look at the difference before you commit it.</summary>
internal static class Approved
{
    public static void Check(string name, string text)
    {
        var path = SourceTree.File($"tests/Provisioning.Cli.Tests/Approved/{name}.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_APPROVED") is { Length: > 0 })
            File.WriteAllText(path, text);
        Assert.Equal(File.ReadAllText(path), text);
    }
}
