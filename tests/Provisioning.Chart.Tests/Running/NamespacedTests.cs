using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Running;

/// <summary>The chart for two namespaces.</summary>
/// <param name="cluster">The API server.</param>
public sealed class NamespacedRelease(Cluster cluster) : Release(cluster, "provisioning-tenants", ["rack-1", "rack-2"], "watchNamespaces: [rack-1, rack-2]\nfullnameOverride: provisioning-tenants\ncrds: {install: false}");

/// <summary>The operator works in two namespaces, and has rights nowhere else.</summary>
/// <param name="release">The release.</param>
[Collection(OnCluster.Name)]
public sealed class NamespacedTests(NamespacedRelease release) : ReleaseTests(release), IClassFixture<NamespacedRelease>
{
    /// <summary>Roles only.</summary>
    [Fact]
    public async Task It_has_no_right_outside_of_its_namespaces() =>
        Assert.All(await RightsAsync(), right => Assert.Contains(right.Namespace, (string[])(right.Text.Contains("leases", StringComparison.Ordinal) ? [release.Name] : [.. release.Tenants, release.Name])));

    /// <summary>A list over all namespaces would be refused.</summary>
    [Fact]
    public void It_asks_for_nothing_outside_of_them() => Assert.All(release.Calls, call => Assert.Contains(call.Namespace, (string[])[.. release.Tenants, release.Name]));

    /// <summary>Somebody may install it who may make no ClusterRole.</summary>
    [Fact]
    public async Task The_release_has_no_object_without_a_namespace()
    {
        var objects = Yaml.ReadAll(await release.Cluster.Helm.RunAsync("get", "manifest", release.Name, "--namespace", release.Name));
        Assert.DoesNotContain(objects, item => item["metadata"]!["namespace"] is null);
    }
}
