using Provisioning.Api.Tests.Support;
using Provisioning.CrdGenerator;

namespace Provisioning.Api.Tests.Crds;

public sealed class GeneratedFilesTests
{
    [Fact]
    public void Crds_are_up_to_date() => AreUpToDate(CommittedFiles.Crds, GeneratedFiles.Crds(), "*.yaml");

    [Fact]
    public void Crds_of_the_chart_are_up_to_date() => AreUpToDate(CommittedFiles.ChartCrds, GeneratedFiles.Crds(), "*.yaml");

    [Fact]
    public void Reference_is_up_to_date() => AreUpToDate(CommittedFiles.Reference, GeneratedFiles.Reference(), "api.md");

    [Fact]
    public void Generation_gives_the_same_bytes_twice() => Assert.Equal(GeneratedFiles.Crds(), GeneratedFiles.Crds());

    [Fact]
    public void Yaml_says_what_was_generated()
    {
        foreach (var kind in ResourceKind.All)
        {
            var expected = CustomResourceDefinition.Of(kind).ToJsonString();
            Assert.Equal(expected, Yaml.ReadAll(GeneratedFiles.Crds()[kind.CrdFileName]).Single().ToJsonString());
        }
    }

    private static void AreUpToDate(string folder, IReadOnlyDictionary<string, string> generated, string pattern)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_CRDS") == "1")
        {
            foreach (var (name, text) in generated)
                File.WriteAllText(Path.Combine(folder, name), text);
        }

        Assert.Equal(generated.Keys.Order(StringComparer.Ordinal), Directory.EnumerateFiles(folder, pattern).Select(Path.GetFileName).Order(StringComparer.Ordinal)!);
        foreach (var (name, text) in generated)
        {
            var committed = File.ReadAllText(Path.Combine(folder, name));
            Assert.True(
                committed == text,
                $"{name} is not what the types in src/Provisioning.Api say (first difference at character {committed.Zip(text).TakeWhile(pair => pair.First == pair.Second).Count()}). "
                + $"Run: {GeneratedFiles.Command}   or run this test with UPDATE_CRDS=1; then commit the result.");
        }
    }
}
