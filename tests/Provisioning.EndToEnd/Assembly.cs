using System.Runtime.Versioning;
using Provisioning.EndToEnd.Bed;

[assembly: SupportedOSPlatform("linux")]
[assembly: AssemblyFixture(typeof(TestBed))]

// The machines share two processors and one VM host, so the tests run one after the other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
