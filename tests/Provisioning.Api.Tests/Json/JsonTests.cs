using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Provisioning.Api.Captures;
using Provisioning.Api.Nodes;
using Provisioning.Api.Tests.Support;

namespace Provisioning.Api.Tests.Json;

public sealed class JsonTests
{
    /// <summary>Any object that the schemas allow comes back from the types as it went in.</summary>
    [Property(MaxTest = 300)]
    public Property Whatever_the_schema_allows_round_trips() =>
        Prop.ForAll(ValidObjects(), json =>
        {
            var once = Kinds.Write(Kinds.Read(json));
            Assert.Equal([], StructuralValidator.Check(Kinds.Schemas[(string)json["kind"]!], once));
            Assert.Equal([], Lost(json, once, ""));
            Assert.Equal(once.ToJsonString(), Kinds.Write(Kinds.Read(once)).ToJsonString());
        });

    /// <summary>A newer CRD may have fields that an older operator does not know.</summary>
    [Property(MaxTest = 100)]
    public Property Unknown_fields_are_ignored_everywhere() =>
        Prop.ForAll(ValidObjects(), json =>
        {
            var expected = Kinds.Write(Kinds.Read(json)).ToJsonString();
            AddUnknownFields(json);
            Assert.Equal(expected, Kinds.Write(Kinds.Read(json)).ToJsonString());
        });

    /// <summary>The server drops such a null or puts the default in its place, so it never comes; if it does, it is an error and not a null reference later.</summary>
    [Theory]
    [InlineData("""{"spec":{"provisionerRef":null}}""")]
    [InlineData("""{"spec":{"operatingSystem":null}}""")]
    [InlineData("""{"spec":{"operatingSystem":{"user":null}}}""")]
    [InlineData("""{"spec":{"operatingSystem":{"port":null}}}""")]
    [InlineData("""{"spec":{"operatingSystem":{"hostKeys":null}}}""")]
    [InlineData("""{"spec":{"managementPolicy":null}}""")]
    [InlineData("""{"status":{"conditions":null}}""")]
    public void Null_is_refused_where_a_value_must_be(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ApiJsonContext.Default.Node));

    [Theory]
    [InlineData("""{"status":null}""")]
    [InlineData("""{"spec":{"imageRef":null,"powerState":null,"powerResetToken":null}}""")]
    [InlineData("""{"spec":{"operatingSystem":{"address":null}}}""")]
    public void Null_means_absent_where_a_value_is_optional(string json)
    {
        var node = JsonSerializer.Deserialize(json, ApiJsonContext.Default.Node)!;

        Assert.Equal(Kinds.Write(new Node()).ToJsonString(), Kinds.Write(node).ToJsonString());
    }

    [Theory]
    [InlineData("""{"spec":{"powerState":"On"}}""")]
    [InlineData("""{"spec":{"powerState":true}}""")]
    [InlineData("""{"spec":{"hardware":{"cpus":"2"}}}""")]
    [InlineData("""{"spec":{"hardware":{"cpus":2.5}}}""")]
    [InlineData("""{"spec":{"hardware":{"cpus":3000000000}}}""")]
    public void Wrong_types_and_values_are_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ApiJsonContext.Default.Node));

    [Fact]
    public void Nothing_that_is_absent_is_written_as_null() =>
        Assert.DoesNotContain("null", Kinds.Write(new ImageCapture()).ToJsonString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("2026-05-06T07:08:09.123456+02:00", "2026-05-06T05:08:09Z")]
    [InlineData("2026-05-06T07:08:09Z", "2026-05-06T07:08:09Z")]
    [InlineData("2026-05-06T07:08:09+00:00", "2026-05-06T07:08:09Z")]
    public void Times_are_read_as_anybody_writes_them_and_written_as_Kubernetes_does(string read, string written)
    {
        string Status(string time) => $$"""{"loadedImage":{"loadedTime":"{{time}}"},"history":[{"startedTime":"{{time}}"}]}""";
        var node = JsonSerializer.Deserialize($$"""{"status":{{Status(read)}}}""", ApiJsonContext.Default.Node)!;
        var json = Kinds.Write(node)["status"]!;
        Assert.Equal((written, written), ((string)json["loadedImage"]!["loadedTime"]!, (string)json["history"]![0]!["startedTime"]!));
    }

    [Fact]
    public void What_is_false_in_a_status_is_left_out()
    {
        var node = new Node { Status = new() { Retry = new(), Operation = new() { CapturedImage = new() } } };
        var json = Kinds.Write(node).ToJsonString();
        Assert.DoesNotContain("false", json, StringComparison.Ordinal);
        Assert.DoesNotContain("destructiveAttempts", json, StringComparison.Ordinal);
    }

    private static Arbitrary<JsonObject> ValidObjects() =>
        Gen.Elements(Kinds.Schemas.Keys.AsEnumerable())
            .SelectMany(kind => Gen.Choose(0, int.MaxValue - 1).Select(seed => new SchemaSampler(new System.Random(seed)).Object(kind)))
            .ToArbitrary();

    private static void AddUnknownFields(JsonNode? node)
    {
        foreach (var child in node switch { JsonObject members => members.Select(member => member.Value), JsonArray items => items, _ => [] })
            AddUnknownFields(child);
        if (node is JsonObject known)
            known["addedLater"] = new JsonObject { ["a"] = new JsonArray(1, "b") };
    }

    private static IEnumerable<string> Lost(JsonNode expected, JsonNode? actual, string path) => expected switch
    {
        JsonObject members => members.SelectMany(member => Lost(member.Value!, (actual as JsonObject)?[member.Key], $"{path}.{member.Key}")),
        JsonArray items => items.SelectMany((item, index) => Lost(item!, (actual as JsonArray)?.ElementAtOrDefault(index), $"{path}[{index}]")),
        JsonValue time when time.TryGetValue<string>(out var text) && path.EndsWith("Time", StringComparison.Ordinal) =>
            actual is not null && DateTimeOffset.Parse(text) == DateTimeOffset.Parse((string)actual!) ? [] : [path],
        JsonValue when actual is null && path.StartsWith(".status", StringComparison.Ordinal) && expected.ToJsonString() is "false" or "0" => [],
        _ => actual?.ToJsonString() == expected.ToJsonString() ? [] : [path],
    };
}
