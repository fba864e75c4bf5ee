using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Cli.Output;
using Provisioning.Cli.Planning;
using Provisioning.Cli.Tests.Support;

namespace Provisioning.Cli.Tests.Output;

public sealed class DocumentsTests
{
    [Theory]
    [InlineData("json")]
    [InlineData("yaml")]
    public void What_is_written_reads_back_the_same(string format)
    {
        var list = Documents.List([Samples.Loading(), Samples.Pending(), Samples.New()], ApiJsonContext.Default.Node);
        using var text = new StringWriter();
        Documents.Write(text, list, format);
        var (ours, others) = Manifests.Read(["-"], isRecursive: false, new StringReader(text.ToString()));
        Assert.Equal(0, others);
        Assert.Equal(3, ours.Count);
        Assert.True(JsonNode.DeepEquals(list["items"], new JsonArray([.. ours.Select(item => item.Body.DeepClone())])), text.ToString());
    }

    [Theory]
    [InlineData("On")]
    [InlineData("no")]
    [InlineData("1")]
    [InlineData("1e3")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("2026-05-06T07:08:09Z")]
    [InlineData("a: b")]
    [InlineData("- a")]
    [InlineData("a\nb")]
    [InlineData("\u001b[31m")]
    public void A_text_stays_a_text_in_YAML(string value)
    {
        using var text = new StringWriter();
        Documents.Write(text, new JsonObject { ["apiVersion"] = "provisioning.dev/v1alpha1", ["kind"] = "Node", ["metadata"] = new JsonObject { ["name"] = "a" }, ["value"] = value }, "yaml");
        Assert.Equal(value, Manifests.Read(["-"], isRecursive: false, new StringReader(text.ToString())).Ours.Single().Body["value"]!.GetValue<string>());
    }
}
