using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Killed;

/// <summary>
/// Judges by the VM host's own log, not by the operator's word, that no command with an effect ran twice for an operation. Looks (virsh list, domstate, dumpxml,
/// qemu-img info, check and measure, sha256sum) may repeat: every new operator looks again.
/// </summary>
internal static class HostEffects
{
    // One press of the power button may be lost on a guest that does not listen yet, so it is repeated every half minute, by design.
    private const string PowerButton = "shutdown";

    /// <summary>Exactly these verbs were begun on the machine, once each, whatever the order; presses of the power button are judged apart.</summary>
    public static void AreExactly(IEnumerable<string> verbs, IReadOnlyList<HostCommand> effects)
    {
        var done = effects.Where(command => command.Verb != PowerButton).Select(command => command.Verb).Order(StringComparer.Ordinal);
        var wanted = verbs.Order(StringComparer.Ordinal);
        Assert.True(done.SequenceEqual(wanted), $"Wanted once each: {string.Join(' ', wanted)}. The VM host noted:\n{string.Join('\n', effects)}");
    }

    /// <summary>Each half minute of waiting has a press of its own, a job with a number: as many presses as such jobs means that none ran twice.</summary>
    public static void ArePressedOnceEach(string machineDirectory, string operation, IReadOnlyList<HostCommand> effects)
    {
        var presses = effects.Where(command => command.Verb == PowerButton).ToList();
        var jobs = Directory.GetDirectories(Path.Combine(machineDirectory, "jobs", operation), "SoftPowerOff-*");
        Assert.NotEmpty(jobs);
        Assert.True(presses.Count == jobs.Length, $"{jobs.Length} presses of the power button were asked for. The VM host noted:\n{string.Join('\n', presses)}");
    }
}
