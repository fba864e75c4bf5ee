namespace Provisioning.Benchmarks;

/// <summary>A benchmark could not be measured; the message says why and what to look at.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
