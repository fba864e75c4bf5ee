using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// They wait more than they work, for jobs on hosts, for machines to go and to come; and each test has a world of its own.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.All, MaxThreads = 6)]
