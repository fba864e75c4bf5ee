using System.Text.Json.Nodes;

namespace Provisioning.Chart.Tests.Rendering;

/// <summary>The chart's documentation says what values.yaml says. UPDATE_CHART=1 writes it anew.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void Readme_is_up_to_date() => IsUpToDate("README.md", ValuesDocumentation.Readme);

    [Fact]
    public void Descriptions_of_the_schema_are_up_to_date() => IsUpToDate("values.schema.json", ValuesDocumentation.Schema);

    [Fact]
    public void Each_value_is_documented_and_in_the_schema() => Assert.Equal(
        ValuesDocumentation.SchemaPaths(JsonNode.Parse(File.ReadAllText(ValuesDocumentation.PathOf("values.schema.json")))!).Order(StringComparer.Ordinal),
        ValuesDocumentation.Texts().Select(text => text.Path).Order(StringComparer.Ordinal));

    private static void IsUpToDate(string file, Func<string, string> make)
    {
        var path = ValuesDocumentation.PathOf(file);
        var committed = File.ReadAllText(path);
        var made = make(committed);
        if (Environment.GetEnvironmentVariable("UPDATE_CHART") == "1")
            File.WriteAllText(path, committed = made);
        Assert.True(committed == made, $"{file} is not what values.yaml says. Run this test with UPDATE_CHART=1, then commit the result.");
    }
}
