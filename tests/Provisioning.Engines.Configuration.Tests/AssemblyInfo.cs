using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// They wait more than they work: for jobs on hosts, for machines to go and to come.
[assembly: Xunit.v3.Parallelization(MaxThreads = 6)]
