using System.Text.Json.Nodes;
using Provisioning.GitOps.Tests.Support;

namespace Provisioning.GitOps.Tests.Verdicts;

/// <summary>The tests of the health checks in Argo CD's own format, so that they can go into its repository as they are.</summary>
public sealed class ArgoFixtureTests
{
    public static TheoryData<string> Kinds => ["Node", "Image", "ImageCapture", "Provisioner"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_fixture_has_the_health_that_its_test_says(string kind)
    {
        using var argo = new ArgoHealth();
        var tests = Yaml.ReadAll(File.ReadAllText(Path.Combine(ArgoHealth.Folder(kind), "health_test.yaml"))).Single()["tests"]!.AsArray();
        foreach (var test in tests)
        {
            var answer = argo.Of(Fixture(kind, test!));
            Assert.Equal(((string)test!["healthStatus"]!["status"]!, (string)test["healthStatus"]!["message"]!), answer);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_health_and_each_file_is_tested(string kind)
    {
        var tests = Yaml.ReadAll(File.ReadAllText(Path.Combine(ArgoHealth.Folder(kind), "health_test.yaml"))).Single()["tests"]!.AsArray();
        Assert.Equal(kind is "Node" or "ImageCapture" ? ["Degraded", "Healthy", "Progressing", "Suspended"] : ["Degraded", "Healthy", "Progressing"], tests.Select(test => (string)test!["healthStatus"]!["status"]!).Distinct().Order());
        Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(ArgoHealth.Folder(kind), "testdata")).Select(path => $"testdata/{Path.GetFileName(path)}").Order(StringComparer.Ordinal),
            tests.Select(test => (string)test!["inputPath"]!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_kustomization_brings_the_check_of_each_kind_to_Argo_CD(string kind)
    {
        var files = Yaml.ReadAll(File.ReadAllText(SourceTree.File("docs/examples/gitops/argocd/kustomization.yaml"))).Single()["configMapGenerator"]![0]!["files"]!.AsArray();
        var file = files.Select(item => ((string)item!).Split('=')).Single(parts => parts[0] == $"resource.customizations.health.provisioning.dev_{kind}")[1];
        Assert.True(File.Exists(SourceTree.File($"docs/examples/gitops/argocd/{file}")));
    }

    private static JsonObject Fixture(string kind, JsonNode test)
    {
        var entity = Yaml.ReadAll(File.ReadAllText(Path.Combine(ArgoHealth.Folder(kind), (string)test["inputPath"]!))).Single();
        Assert.Equal(kind, (string)entity["kind"]!);
        return entity;
    }
}
