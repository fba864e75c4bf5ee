namespace Provisioning.Simulation.Worlds;

/// <summary>How a run ended.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Violation">The first thing that was not as it must be; null if everything was.</param>
/// <param name="Simulated">Its length in simulated time.</param>
/// <param name="Digest">Digest of its trace.</param>
/// <param name="Faults">Faults by kind.</param>
/// <param name="Operations">Operations that were begun.</param>
/// <param name="Trace">The trace, where it is wanted.</param>
internal sealed record RunResult(int Seed, string? Violation, TimeSpan Simulated, string Digest, IReadOnlyDictionary<FaultKind, int> Faults, int Operations, IReadOnlyList<string> Trace);
