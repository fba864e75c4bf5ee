namespace Provisioning.Chart.Tests.Bed;

/// <summary>Tests that install the chart: CRDs are there once for all namespaces, so one goes after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OnCluster
{
    public const string Name = "on the cluster";
}
