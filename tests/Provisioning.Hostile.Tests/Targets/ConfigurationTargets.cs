using Provisioning.Engines.Configuration;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Hostile.Tests.Fuzzing;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>What the scripts of the engine Configuration print, in the midst of what a user's own commands print.</summary>
internal static class ConfigurationTargets
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new("configuration-look", ["::end 1", "::code 0", "::digest ", "::presence all", "::claim a b", "::unfinished 1", "::working 1", "::cause", "::", "\n", "!stderr\n", new string('a', 64)], Read),
        new("configuration-probe", ["missing ", "unwritable ", "version ", "Linux 6.1.0", "\n", "!stderr\n"], ReadProbe),
    ];

    private static void Read(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var told = new Told(result.Output);
        Promises.IsClean(told.Said, 403);
        Promises.IsClean(told.SaidOnTheWayBack, 403);
        var reading = ServiceReading.Parse(result);
        if (reading.Problem is { } problem)
            Promises.StatusIsClean(Promises.Unknown(problem));
        else
            BrokenPromiseException.Unless(result.IsSuccess && reading.Digest.Length == 71 && result.Output.Contains(reading.Digest["sha256:".Length..], StringComparison.Ordinal), "a digest that nobody told");
        if (reading.Claim is { } claim)
            Promises.StatusIsClean(Promises.Unknown($"{claim.Owner} {claim.File}"));
    }

    private static void ReadProbe(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var (reachable, version) = HostProbe.Judge(result, Promises.Endpoint);
        Promises.ProbeIsHonest(result, reachable, version);
    }
}
