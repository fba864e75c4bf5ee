using Provisioning.Chart.Tests.Bed;

// Two at a time: what only renders the chart, and what changes the cluster (OnCluster).
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.Collections, MaxThreads = 2)]
[assembly: AssemblyFixture(typeof(Cluster))]
