using System.Runtime.CompilerServices;

namespace Provisioning.Examples.Engine.Tests;

public sealed class SizeTests
{
    [Fact]
    public void The_example_stays_small_enough_to_be_read_in_one_go()
    {
        var lines = Directory.GetFiles(Folder(), "*.cs").Sum(file => File.ReadAllLines(file).Length);
        Assert.InRange(lines, 100, 199);
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "../../docs/examples/engine");
}
