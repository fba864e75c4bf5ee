using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Running;

/// <summary>The chart with the values that it comes with.</summary>
/// <param name="cluster">The API server.</param>
public sealed class ClusterWideRelease(Cluster cluster) : Release(cluster, "provisioning-operator", ["lab"], "{}");

/// <summary>The operator works in all namespaces.</summary>
/// <param name="release">The release.</param>
public sealed class ClusterWideTests(ClusterWideRelease release) : ReleaseTests(release), IClassFixture<ClusterWideRelease>
{
    /// <summary>The rest of the cluster is none of its business.</summary>
    [Fact]
    public async Task Only_Leases_are_bound_to_a_namespace() =>
        Assert.All(await RightsAsync(), right => Assert.Equal(right.Text.Contains("leases", StringComparison.Ordinal) ? release.Name : "", right.Namespace));
}
