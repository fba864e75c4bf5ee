namespace Provisioning.Simulation.Worlds;

/// <summary>Chooses faults by the seed, and counts them.</summary>
internal sealed class Faults(Random random)
{
    private static readonly FaultKind[] AtBoundaries =
        [FaultKind.RequestLost, FaultKind.ReplyLost, FaultKind.ReplyLost, FaultKind.NoReply, FaultKind.LateEffect];

    private static readonly FaultKind[] AtApi =
        [.. AtBoundaries, FaultKind.Conflict, FaultKind.TooManyRequests, FaultKind.ServerError, FaultKind.Unavailable, FaultKind.StalledBody, FaultKind.CutBody];

    // How bad this world is: some are nearly quiet, so that what needs a long undisturbed stretch happens too.
    private readonly double _perCall = random.NextDouble() * random.NextDouble() * 0.15;
    private readonly double _kills = random.NextDouble() * random.NextDouble() * 0.02;
    private readonly double _perWatch = random.NextDouble() * 0.7;

    public SortedDictionary<FaultKind, int> Counts { get; } = [];

    /// <summary>Whether anything goes wrong at present.</summary>
    public bool On { get; set; }

    /// <summary>Whether engines take every command and never answer.</summary>
    public bool EnginesAreSilent { get; set; }

    public void Count(FaultKind kind) => Counts[kind] = Counts.GetValueOrDefault(kind) + 1;

    /// <summary>The fault of one call of an API server or engine. One that can do nothing to it is none, and not counted.</summary>
    public FaultKind? AtCall(bool isApi, bool hasEffect, string verb = "")
    {
        if (EnginesAreSilent && !isApi)
            return FaultKind.NoReply;
        if (!On)
            return null;
        var dice = random.NextDouble();
        if (hasEffect && dice < _kills)
            return Counted(random.Next(2) == 0 ? FaultKind.KilledBeforeEffect : FaultKind.KilledAfterEffect);
        if (random.NextDouble() >= _perCall)
            return null;
        var kinds = isApi ? AtApi : AtBoundaries;
        var kind = kinds[random.Next(kinds.Length)];
        var isPossible = kind switch
        {
            FaultKind.LateEffect => hasEffect,
            FaultKind.Conflict => verb is "patch" or "update",
            FaultKind.StalledBody or FaultKind.CutBody => verb != "watch",
            _ => true,
        };
        return isPossible ? Counted(kind) : null;
    }

    /// <summary>What goes wrong with a watch, if it has something to tell: who opens it counts it then.</summary>
    public FaultKind? AtWatch() => On && random.NextDouble() < _perWatch
        ? (FaultKind)((int)FaultKind.WatchDropped + random.Next(4))
        : null;

    public bool Happens(FaultKind kind, double probability)
    {
        if (!Falls(probability))
            return false;
        Count(kind);
        return true;
    }

    /// <summary>Whether something is to go wrong; who asks counts it if it does.</summary>
    public bool Falls(double probability) => On && random.NextDouble() < probability;

    private FaultKind Counted(FaultKind kind)
    {
        Count(kind);
        return kind;
    }
}
