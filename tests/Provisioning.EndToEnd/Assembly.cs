using Provisioning.EndToEnd.Bed;

// The machines share two processors and one VM host, so the tests run one after the other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(TestBed))]
