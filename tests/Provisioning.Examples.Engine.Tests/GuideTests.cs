using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Provisioning.Examples.Engine.Tests;

/// <summary>What docs/engines/writing-an-engine.md shows is code that is built and tested.</summary>
public sealed partial class GuideTests
{
    private static readonly string[] Sources =
    [
        "docs/examples/engine/DirectoryEngine.cs", "docs/examples/engine/MachineFolder.cs", "src/Provisioning.Engines.Libvirt/Operations/MachineSteps.cs",
    ];

    [Fact]
    public void Every_excerpt_of_the_page_stands_in_the_code()
    {
        var code = Sources.Select(path => File.ReadAllText(Path.Combine(Root(), path))).ToList();
        var excerpts = Excerpt().Matches(File.ReadAllText(Path.Combine(Root(), "docs/engines/writing-an-engine.md"))).Select(match => match.Groups["code"].Value).ToList();

        Assert.NotEmpty(excerpts);
        Assert.All(excerpts, excerpt => Assert.True(code.Exists(text => text.Contains(excerpt, StringComparison.Ordinal)), $"No longer in the code:\n{excerpt}"));
    }

    private static string Root([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "../..");

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Excerpt();
}
