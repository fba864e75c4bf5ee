using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Provisioning.Api.Meta;
using Provisioning.Api.Tests.Support;
using Provisioning.CrdGenerator;

namespace Provisioning.Api.Tests.Server;

/// <summary>What only a real API server can tell about the CRDs.</summary>
public sealed partial class RealApiServerTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task Crds_are_established_and_structural()
    {
        foreach (var kind in ResourceKind.All)
        {
            var crd = await server.Kubectl.RunAsync(null, "get", "crd", $"{kind.Names.Plural}.{ApiGroup.Name}", "-o", "json");

            var conditions = crd.Json["status"]!["conditions"]!.AsArray().ToDictionary(item => (string)item!["type"]!, item => (string)item!["status"]!, StringComparer.Ordinal);
            Assert.Equal("True", conditions["Established"]);
            Assert.Equal("True", conditions["NamesAccepted"]);
            Assert.DoesNotContain("NonStructuralSchema", conditions.Keys);
        }
    }

    [Fact]
    public async Task Examples_apply_and_are_found_by_category_and_short_names()
    {
        await server.Kubectl.RunAsync(null, "apply", "-f", CommittedFiles.Examples);

        var all = await server.Kubectl.RunAsync(null, "get", ApiGroup.Category, "-o", "name");
        foreach (var kind in ResourceKind.All)
        {
            Assert.Contains($"{kind.Names.Kind.ToLowerInvariant()}.{ApiGroup.Name}/", all.Output, StringComparison.Ordinal);
            foreach (var name in kind.Names.ShortNames)
                Assert.NotEqual("", (await server.Kubectl.RunAsync(null, "get", name, "-o", "name")).Output);
        }
    }

    [Fact]
    public async Task Defaults_arrive()
    {
        const string Bare = """{"apiVersion":"provisioning.dev/v1alpha1","kind":"Node","metadata":{"name":"bare"},"spec":{"provisionerRef":{"name":"p"},"operatingSystem":{}}}""";

        var made = await server.Kubectl.RunAsync(Bare, "create", "-o", "json", "-f", "-");

        var expected = (JsonObject)JsonNode.Parse(Bare)!;
        StructuralValidator.FillDefaults(Kinds.Schemas["Node"], expected);
        Assert.True(JsonNode.DeepEquals(expected["spec"], made.Json["spec"]), made.Json["spec"]!.ToJsonString());
    }

    [Fact]
    public async Task Explain_shows_the_text_of_every_field()
    {
        foreach (var kind in ResourceKind.All)
        {
            var sections = SchemaNode.Walk(Kinds.Schemas[kind.Names.Kind]).Where(node => node.IsInSpec && node.Type == "object" && !node.Path.EndsWith("Ref", StringComparison.Ordinal));
            foreach (var section in sections)
            {
                var path = $"{kind.Names.ShortNames[0]}.{section.Path.Replace("[]", "", StringComparison.Ordinal)}";
                var fields = section.Schema["properties"]!.AsObject().Select(field => (string)field.Value!["description"]!).ToList();
                var missing = await Eventually(async () =>
                {
                    var shown = Flat((await server.Kubectl.TryAsync(null, "explain", path)).Output);
                    return fields.Where(text => !shown.Contains(text, StringComparison.Ordinal)).ToList();
                });
                Assert.Equal([], missing);
            }
        }
    }

    [Fact]
    public async Task Columns_show_the_state()
    {
        await CreateAsync(Samples.Node(), "columns");
        const string Status = """
            {"status":{"currentImage":"debian-11","power":"On","operation":{"id":"o1","kind":"Load","startedTime":"2026-11-23T00:00:00Z","step":"CreateDisk","progressPercent":42},
            "conditions":[{"type":"Ready","status":"False","reason":"OperationRunning","message":"Loading debian-12.","lastTransitionTime":"2026-11-23T00:00:00Z"}]}}
            """;
        await server.Kubectl.RunAsync(null, "patch", "pn", "columns", "--subresource=status", "--type=merge", "-p", Status);

        var table = (await server.Kubectl.RunAsync(null, "get", "pn", "columns", "-o", "wide")).Output.Split('\n');

        Assert.Equal("NAME READY REASON DESIRED IMAGE CURRENT IMAGE POWER OPERATION STEP PROGRESS PROVISIONER MESSAGE AGE", Flat(table[0]));
        Assert.StartsWith("columns False OperationRunning debian-12 debian-11 On Load CreateDisk 42 vmhost Loading debian-12.", Flat(table[1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spec_writes_leave_the_status_alone_and_status_writes_the_spec()
    {
        await CreateAsync(Samples.Node(), "apart");
        await server.Kubectl.RunAsync(null, "patch", "pn", "apart", "--type=merge", "-p", """{"status":{"currentImage":"forged"}}""");
        await server.Kubectl.RunAsync(null, "patch", "pn", "apart", "--subresource=status", "--type=merge", "-p", """{"spec":{"powerState":"PoweredOff"}}""");

        var node = (await server.Kubectl.RunAsync(null, "get", "pn", "apart", "-o", "json")).Json;
        Assert.Null(node["status"]);
        Assert.Equal("PoweredOn", (string?)node["spec"]!["powerState"]);
        Assert.Equal(1, (int)node["metadata"]!["generation"]!);
    }

    /// <summary>Fields that the types write and the schema does not know would be dropped without a word.</summary>
    [Fact]
    public async Task Every_status_that_the_types_write_is_kept_whole()
    {
        foreach (var sample in Samples.All.DistinctBy(sample => sample.Kind))
        {
            await CreateAsync(sample, "whole");
            var plural = ResourceKind.All.Single(kind => kind.Names.Kind == sample.Kind).Names.Plural;
            foreach (var seed in Enumerable.Range(0, 3))
            {
                var random = new SchemaSampler(new Random(seed)).Object(sample.Kind);
                random["spec"] = Kinds.Write(sample)["spec"]!.DeepClone();
                random["status"] ??= new JsonObject();
                var status = Kinds.Write(Kinds.Read(random))["status"]!;
                RemoveEmpty(status);
                var whole = (await server.Kubectl.RunAsync(null, "get", $"{plural}.{ApiGroup.Name}", "whole", "-o", "json")).Json;
                whole["status"] = status.DeepClone();

                // Raw, because kubectl reads every other body as YAML and stumbles over JSON's escaped surrogates.
                var path = $"/apis/{ApiGroup.ApiVersion}/namespaces/{server.Kubectl.Namespace}/{plural}/whole/status";
                var kept = await server.Kubectl.RunAsync(whole.ToJsonString(), "replace", "--raw", path, "-f", "-");

                Assert.True(JsonNode.DeepEquals(status, kept.Json["status"]), $"{sample.Kind}: {status.ToJsonString()}\n{kept.Json["status"]?.ToJsonString()}");
            }
        }
    }

    [Fact]
    public async Task Every_wrong_value_is_refused_by_the_field_s_name()
    {
        var wrongs = WrongValues.All.Select((wrong, index) => (Wrong: wrong, Name: $"wrong-{index}")).ToList();
        foreach (var (wrong, name) in wrongs)
            wrong.Object["metadata"]!["name"] = name;

        // kubectl's own validation is switched off: here the server is asked.
        var list = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. wrongs.Select(item => item.Wrong.Object.DeepClone())]) };
        var result = await server.Kubectl.TryAsync(list.ToJsonString(), "create", "--validate=false", "-f", "-");

        var errors = result.Error.Split('\n').Select(line => Position().Replace(line, "")).ToList();
        var unnamed = wrongs.Where(item => !errors.Any(line => line.Contains($"\"{item.Name}\" is invalid", StringComparison.Ordinal) && line.Contains(item.Wrong.Path, StringComparison.Ordinal)));
        Assert.Equal([], unnamed.Select(item => $"{item.Wrong.Object["kind"]} {item.Wrong.Path} = {item.Wrong.What}: {errors.Find(line => line.Contains($"\"{item.Name}\"", StringComparison.Ordinal)) ?? "accepted"}"));
        Assert.Equal("", result.Output);
    }

    /// <summary>A server without CEL takes such an object, and the operator refuses it.</summary>
    [Fact]
    public async Task Every_object_that_breaks_a_rule_is_refused_by_the_server_or_else_by_the_operator()
    {
        var messages = Kinds.Schemas.Values.SelectMany(schema => SchemaNode.Walk(schema)).SelectMany(node => node.Rules).DistinctBy(rule => rule.Rule).ToDictionary(rule => rule.Rule, rule => rule.Message, StringComparer.Ordinal);
        foreach (var (sample, index) in BrokenRules.All.Select((sample, index) => (sample, index)))
        {
            var name = sample.Object.Metadata.Name.Length > 63 ? sample.Object.Metadata.Name : $"rule-{index}";
            if (sample.Before is not null)
                await server.Kubectl.RunAsync(Named(sample.Before, name), "apply", "-f", "-");

            var result = await server.Kubectl.TryAsync(Named(sample.Object, name), "apply", "-f", "-");

            Assert.Equal(sample.Rule == BrokenRules.ChangedCapture, sample.Problems.Count == 0);
            Assert.Equal(server.HasCel, result.ExitCode != 0);
            if (server.HasCel)
                Assert.Contains(messages[sample.Rule], result.Error, StringComparison.Ordinal);
        }
    }

    private async Task CreateAsync(IKubernetesEntity entity, string name) => await server.Kubectl.RunAsync(Named(entity, name), "create", "-f", "-");

    /// <summary>Without empty lists and texts: users leave them out, so the rules must hold without.</summary>
    private static string Named(IKubernetesEntity entity, string name)
    {
        var json = Kinds.Write(entity);
        json["metadata"] = new JsonObject { ["name"] = name };
        RemoveEmpty(json);
        return json.ToJsonString();
    }

    /// <summary>
    /// Empty texts go too: the Kubernetes 1.20 that the test bed builds with Go 1.19 takes an empty text in a custom resource for null and refuses it.
    /// </summary>
    private static void RemoveEmpty(JsonNode? node)
    {
        foreach (var (name, value) in (node as JsonObject ?? []).ToList())
        {
            RemoveEmpty(value);
            if (value is JsonArray { Count: 0 } || IsEmpty(value))
                ((JsonObject)node!).Remove(name);
        }

        foreach (var item in (node as JsonArray ?? []).ToList())
        {
            RemoveEmpty(item);
            if (IsEmpty(item))
                ((JsonArray)node!).Remove(item);
        }
    }

    private static bool IsEmpty(JsonNode? node) => node is JsonValue text && text.TryGetValue<string>(out var content) && content.Length == 0;

    /// <summary>The server publishes the OpenAPI of new CRDs some seconds later.</summary>
    private static async Task<List<string>> Eventually(Func<Task<List<string>>> missing)
    {
        var left = await missing();
        for (var attempt = 0; attempt < 60 && left.Count > 0; attempt++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
            left = await missing();
        }

        return left;
    }

    private static string Flat(string text) => Spaces().Replace(text, " ").Trim();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.None, 1000)]
    private static partial Regex Position();
}
