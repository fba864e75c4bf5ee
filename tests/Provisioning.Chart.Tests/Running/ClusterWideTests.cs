using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Running;

/// <summary>The chart with the values that it comes with.</summary>
/// <param name="cluster">The API server.</param>
public sealed class ClusterWideRelease(Cluster cluster) : Release(cluster, "provisioning-operator", ["lab"], "{}");

/// <summary>The operator works in all namespaces.</summary>
/// <param name="release">The release.</param>
[Collection(OnCluster.Name)]
public sealed class ClusterWideTests(ClusterWideRelease release) : ReleaseTests(release), IClassFixture<ClusterWideRelease>
{
    /// <summary>Argo CD and Flux compare what is there with what is in Git; kubectl diff does so by the same means.</summary>
    [Fact]
    public async Task Nothing_that_the_operator_writes_is_drift()
    {
        var fleet = await release.Cluster.EnsureNamespaceAsync("fleet");
        var folder = SourceTree.File("docs/examples/gitops/fleet");
        await fleet.RunAsync("apply", "-k", folder);
        await fleet.ReadyAsync("imagecaptures.provisioning.dev", "web-golden-2026-11");
        foreach (var node in new[] { "web-a", "web-b" })
            await fleet.ReadyAsync("nodes.provisioning.dev", node);
        await fleet.ReadyAsync("images.provisioning.dev", "web-2026-11");
        var diff = await fleet.TryAsync(null, "diff", "-k", folder);
        Assert.True(diff.ExitCode == 0, $"kubectl diff ended with code {diff.ExitCode}:\n{diff.Output}{diff.Error}");

        // A difference that is none would make this test blind.
        await fleet.PatchAsync("nodes.provisioning.dev", "web-b", """{"spec":{"powerState":"PoweredOn"}}""");
        Assert.Equal(1, (await fleet.TryAsync(null, "diff", "-k", folder)).ExitCode);

        // The captured Image is the operator's and bears nothing by which a tool would take it for its own.
        var captured = (await fleet.ReadAsync("images.provisioning.dev", "web-golden-2026-11"))!["metadata"]!;
        Assert.Null(captured["labels"]);
        Assert.Null(captured["ownerReferences"]);
        await fleet.RunAsync("delete", "nodes.provisioning.dev", "--all", "--timeout=150s");
    }

    /// <summary>The rest of the cluster is none of its business.</summary>
    [Fact]
    public async Task Only_Leases_are_bound_to_a_namespace() =>
        Assert.All(await RightsAsync(), right => Assert.Equal(right.Text.Contains("leases", StringComparison.Ordinal) ? release.Name : "", right.Namespace));
}
