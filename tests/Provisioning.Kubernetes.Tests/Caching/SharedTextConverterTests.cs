using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Kubernetes.Tests.Caching;

public sealed class SharedTextConverterTests
{
    private static readonly JsonTypeInfo<Node> Shared = SharedTextConverter.Share(ApiJsonContext.Default.Node);

    [Fact]
    public void Objects_that_say_the_same_share_the_text()
    {
        var (one, two) = (Read(Text("the same message")), Read(Text("the same message")));
        Assert.NotSame(one, two);
        Assert.Same(Message(one), Message(two));
        Assert.Same(one.Metadata.Labels!.Keys.Single(), two.Metadata.Labels!.Keys.Single());
        Assert.Equal("the same message", Message(one));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Grüße, 日本, \ud83d\ude00")]
    [InlineData("a \"quoted\" \\ path\nin two lines\u0000")]
    public void Every_text_is_read_and_written_as_it_is_without_sharing(string message)
    {
        var json = Text(message);
        Assert.Equal(message, Message(Read(json)));
        Assert.Equal(JsonSerializer.Serialize(JsonSerializer.Deserialize(json, ApiJsonContext.Default.Node), ApiJsonContext.Default.Node), JsonSerializer.Serialize(Read(json), Shared));
    }

    [Fact]
    public void A_long_text_is_read_whole() => Assert.Equal(new string('x', 100_000), Message(Read(Text(new('x', 100_000)))));

    /// <summary>A list comes in pieces of any length.</summary>
    [Fact]
    public async Task A_text_that_comes_in_pieces_is_read_whole()
    {
        var message = new string('y', 200);
        await using var body = new MemoryStream(Encoding.UTF8.GetBytes(Text(message)));
        var options = new JsonSerializerOptions(Shared.Options) { DefaultBufferSize = 16 };
        var node = await JsonSerializer.DeserializeAsync(body, (JsonTypeInfo<Node>)options.GetTypeInfo(typeof(Node)), TestContext.Current.CancellationToken);
        Assert.Equal(message, Message(node!));
    }

    [Theory]
    [InlineData("""{"metadata":{"name":5}}""")]
    [InlineData("""{"metadata":{"name":true}}""")]
    [InlineData("""{"metadata":{"name":{}}}""")]
    [InlineData("""{"metadata":{"name":null}}""")]
    public void What_is_no_text_is_refused_as_without_sharing(string json)
    {
        Assert.Equal(Refusal(ApiJsonContext.Default.Node), Refusal(Shared));

        Type? Refusal(JsonTypeInfo<Node> typeInfo) => Record.Exception(() => JsonSerializer.Deserialize(json, typeInfo))?.GetType();
    }

    private static Node Read(string json) => JsonSerializer.Deserialize(json, Shared)!;

    private static string Message(Node node) => node.Status!.Conditions.Single().Message;

    private static string Text(string message) => $$$"""
        {"apiVersion":"provisioning.dev/v1alpha1","kind":"Node","metadata":{"name":"n","labels":{"rack":"one"}},
         "status":{"conditions":[{"type":"Ready","status":"True","reason":"AsDeclared","message":{{{JsonSerializer.Serialize(message)}}}}]}}
        """;
}
