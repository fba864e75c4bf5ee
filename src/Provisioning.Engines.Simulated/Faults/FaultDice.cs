using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Provisioning.Api.Provisioners;

namespace Provisioning.Engines.Simulated.Faults;

/// <summary>
/// Decides whether a seeded fault happens. A pure function of the seed and the occasion, and not a sequence of random numbers: the same seed gives
/// the same faults, however threads take turns.
/// </summary>
internal static class FaultDice
{
    public static bool Falls(SimulatedSpec spec, SimulatedFaultKind kind, in FaultOccasion occasion)
    {
        var percent = 0;
        for (var i = 0; i < spec.Faults.Count; i++)
        {
            if (spec.Faults[i].Kind == kind)
                percent = Math.Max(percent, spec.Faults[i].Percent);
        }

        return percent >= 100 || (percent > 0 && Number(spec.Seed, kind, occasion) % 100 < (ulong)percent);
    }

    private static ulong Number(int seed, SimulatedFaultKind kind, in FaultOccasion occasion)
    {
        var text = $"{seed}\n{occasion.Machine}\n{occasion.OperationId}\n{occasion.Step}\n{kind}\n{occasion.Number}";
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}

/// <summary>One occasion on which a fault can happen.</summary>
/// <param name="Machine">Namespace and name of the machine.</param>
/// <param name="OperationId">The operation; empty for a look.</param>
/// <param name="Step">The step, or <see cref="Looking"/>.</param>
/// <param name="Number">Tells occasions of the same step apart.</param>
internal readonly record struct FaultOccasion(string Machine, string OperationId, string Step, long Number)
{
    public const string Looking = "Observe";
}
