using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Life;

/// <summary>Install, upgrade, roll back, uninstall, install again: on a real API server, by Helm 3 and Helm 4.</summary>
/// <param name="cluster">The API server.</param>
[Collection(OnCluster.Name)]
public sealed class ReleaseLifeTests(Cluster cluster)
{
    private const string Node = """
        apiVersion: provisioning.dev/v1alpha1
        kind: Node
        metadata: {name: survivor, namespace: default}
        spec: {provisionerRef: {name: simulator}, powerState: PoweredOn}
        """;

    private static readonly string[] Where = [Cluster.CrdRelease, "--namespace", Cluster.CrdRelease];

    /// <summary>An older chart, with CRDs that lack a field and a column, and values that an older chart wanted.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_release_is_upgraded_with_its_CRDs_and_leaves_them_and_all_Nodes_behind_when_it_goes(int version)
    {
        var helm = version == 3 ? cluster.Helm : cluster.Helm4;
        var kubectl = await cluster.EnsureNamespaceAsync(Cluster.CrdRelease);
        await cluster.Helm.RunAsync(["uninstall", .. Where, "--ignore-not-found"]);
        await helm.RunAsync(["install", .. Where, await OlderChartAsync(helm), "--set", "replicas=1,concurrency=8"]);
        await kubectl.RunAsync("wait", "--for=condition=Established", "--timeout=150s", "crd", "--all");
        await cluster.Kubectl().ApplyAsync(Node);
        Assert.False(await HasFieldAsync(kubectl));
        var uid = await UidAsync();

        // The user's values stay; new ones have their defaults.
        await helm.RunAsync(["upgrade", .. Where, Helm.Chart, "--reset-then-reuse-values"]);
        Assert.True(await HasFieldAsync(kubectl));
        var deployment = (await kubectl.ReadAsync("deployment", Cluster.CrdRelease))!;
        Assert.Equal(1, (int)deployment["spec"]!["replicas"]!);
        Assert.Contains("--concurrency=8", deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["args"]!.AsArray().Select(argument => (string)argument!));
        Assert.Null(await kubectl.ReadAsync("poddisruptionbudget", Cluster.CrdRelease));

        // Nothing to do is nothing done.
        var generation = (int)deployment["metadata"]!["generation"]!;
        await helm.RunAsync(["upgrade", .. Where, Helm.Chart, "--reuse-values"]);
        Assert.Equal(generation, (int)(await kubectl.ReadAsync("deployment", Cluster.CrdRelease))!["metadata"]!["generation"]!);

        await helm.RunAsync(["upgrade", .. Where, Helm.Chart, "--set", "replicas=2"]);
        Assert.NotNull(await kubectl.ReadAsync("poddisruptionbudget", Cluster.CrdRelease));
        await helm.RunAsync(["rollback", .. Where]);
        Assert.Null(await kubectl.ReadAsync("poddisruptionbudget", Cluster.CrdRelease));

        await helm.RunAsync(["uninstall", .. Where]);
        Assert.Null(await kubectl.ReadAsync("deployment", Cluster.CrdRelease));
        Assert.Null(await kubectl.ReadAsync("clusterrole", Cluster.CrdRelease));
        Assert.Equal(uid, await UidAsync());

        await helm.RunAsync(["install", .. Where, Helm.Chart]);
        Assert.Equal(uid, await UidAsync());
        await helm.RunAsync(["uninstall", .. Where]);
        await cluster.Kubectl().RunAsync("delete", "nodes.provisioning.dev", "survivor");
    }

    /// <summary>Those who installed the CRDs with kubectl before there was a chart.</summary>
    [Fact]
    public async Task CRDs_that_somebody_else_installed_are_refused_and_taken_over_only_when_asked()
    {
        var kubectl = await cluster.EnsureNamespaceAsync("takeover");
        await cluster.EnsureCrdsAsync();
        await cluster.Helm.RunAsync(["uninstall", .. Where, "--ignore-not-found"]);
        var refused = await cluster.Helm.TryAsync("install", "takeover", Helm.Chart, "--namespace", "takeover");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("invalid ownership metadata", refused.Error, StringComparison.Ordinal);
        await cluster.Helm.RunAsync("install", "takeover", Helm.Chart, "--namespace", "takeover", "--take-ownership");
        await cluster.Helm.RunAsync("uninstall", "takeover", "--namespace", "takeover");
        Assert.NotNull(await kubectl.ReadAsync("crd", "nodes.provisioning.dev"));

        // The other tests' release is their owner again.
        await cluster.Helm.RunAsync(["install", .. Where, Helm.Chart, "--take-ownership"]);
        await cluster.Helm.RunAsync(["uninstall", .. Where]);
    }

    private async Task<string> OlderChartAsync(Helm helm)
    {
        var folder = cluster.Folder.CreateSubdirectory($"older-{Guid.NewGuid():N}").FullName;
        var copy = Path.Combine(folder, "provisioning-operator");
        await Programs.RunAsync("cp", ["-r", Helm.Chart, copy]);
        var path = Path.Combine(copy, "files/crds/provisioning.dev_nodes.yaml");
        var crd = Yaml.ReadAll(await File.ReadAllTextAsync(path)).Single();
        var latest = crd["spec"]!["versions"]![0]!;
        Assert.True(latest["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!.AsObject().Remove("powerResetToken"));
        latest["additionalPrinterColumns"]!.AsArray().RemoveAt(0);
        // As the generator lays it out, for the chart's template puts its annotation there.
        await File.WriteAllTextAsync(path, $"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: nodes.provisioning.dev\nspec: {crd["spec"]!.ToJsonString()}\n");
        await helm.RunAsync("package", copy, "--version", "0.0.9", "--app-version", "0.0.9", "--destination", folder);
        return Path.Combine(folder, "provisioning-operator-0.0.9.tgz");
    }

    private static async Task<bool> HasFieldAsync(Kubectl kubectl) =>
        (await kubectl.ReadAsync("crd", "nodes.provisioning.dev"))!["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!["powerResetToken"] is not null;

    private async Task<string> UidAsync() => (string)(await cluster.Kubectl().ReadAsync("nodes.provisioning.dev", "survivor"))!["metadata"]!["uid"]!;
}
