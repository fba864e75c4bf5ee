namespace Provisioning.Engines.Conformance;

/// <summary>What the world says of one machine.</summary>
/// <param name="Effects">
/// What was done to it from the beginning, in order, one word or short phrase each ("define", "start", "reset"). Only what matters if it happens twice; no
/// names, ids or times in them, so that two machines that lived through the same show the same.
/// </param>
/// <param name="On">Whether it has power; null if the world does not know power.</param>
/// <param name="Content">Digest of the image that is on it, "" for none or a part of one; null if the world cannot tell.</param>
public sealed record MachineView(IReadOnlyList<string> Effects, bool? On, string? Content);
