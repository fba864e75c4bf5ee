using System.Text.Json.Nodes;
using Provisioning.Cli.Planning;

namespace Provisioning.Cli.Tests.Planning;

public sealed class ManifestsTests
{
    [Fact]
    public void Several_documents_lists_and_objects_of_others()
    {
        var (ours, others) = Read("""
            apiVersion: provisioning.dev/v1alpha1
            kind: Node
            metadata: {name: a, namespace: lab}
            spec: {powerState: PoweredOn, hardware: {memoryMiB: 256}}
            ---
            ---
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: Secret, metadata: {name: s}}
            - {apiVersion: provisioning.dev/v1alpha1, kind: Image, metadata: {name: i}, spec: {revision: "1"}}
            """);
        Assert.Equal((1, "Node a lab, Image i "), (others, string.Join(", ", ours.Select(item => $"{item.Kind} {item.Name} {item.Namespace}"))));
        Assert.Equal(256, (long)ours[0].Body["spec"]!["hardware"]!["memoryMiB"]!);
        Assert.Equal("1", (string)ours[1].Body["spec"]!["revision"]!);
    }

    [Theory]
    [InlineData("kind: Node", "lacks apiVersion or kind")]
    [InlineData("{apiVersion: provisioning.dev/v1alpha1, kind: Node}", "lacks metadata.name")]
    [InlineData("a: [", "cannot be read")]
    [InlineData("just a word", "must be an object")]
    public void What_is_no_manifest_is_refused_with_the_reason(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<CommandError>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_path_that_does_not_exist_is_named() => Assert.Contains("/no/such/file does not exist", Assert.Throws<CommandError>(() => Manifests.Read(["/no/such/file"], false, TextReader.Null)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("what the file says", """{"a":1}""", """{"a":2}""", null, """{"a":2}""")]
    [InlineData("what the file does not say stays", """{"a":1,"b":2}""", """{"a":1}""", null, null)]
    [InlineData("what the file said before goes", """{"a":1,"b":2}""", """{"a":1}""", """{"a":1,"b":2}""", """{"b":null}""")]
    [InlineData("what the file said before and is gone already", """{"a":1}""", """{"a":1}""", """{"a":1,"b":2}""", null)]
    [InlineData("inside", """{"s":{"x":1,"y":2}}""", """{"s":{"x":3}}""", """{"s":{"x":1,"y":2}}""", """{"s":{"x":3,"y":null}}""")]
    [InlineData("lists are replaced whole", """{"l":[1,2]}""", """{"l":[2]}""", null, """{"l":[2]}""")]
    public void The_patch_is_the_one_of_kubectl_apply(string what, string current, string wanted, string? lastApplied, string? expected)
    {
        var server = JsonNode.Parse(current)!.AsObject();
        if (lastApplied is not null)
            server["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["kubectl.kubernetes.io/last-applied-configuration"] = lastApplied } };
        Assert.True(expected == ThreeWayMerge.Patch(server, JsonNode.Parse(wanted)!.AsObject())?.ToJsonString(), what);
    }

    private static (IReadOnlyList<Manifest> Ours, int Others) Read(string text) => Manifests.Read(["-"], isRecursive: false, new StringReader(text));
}
