using Provisioning.Chart.Tests.Bed;

// CRDs are there once for all namespaces, so the tests run one after the other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Cluster))]
