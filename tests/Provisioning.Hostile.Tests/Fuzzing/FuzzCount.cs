namespace Provisioning.Hostile.Tests.Fuzzing;

/// <summary>One seed for the inputs that nobody has tried, and how many there were: the last word of the suite, which hack/test.sh shows.</summary>
public sealed class FuzzCount : IDisposable
{
    private int _inputs;
    private int _targets;

    /// <summary>Another one each time.</summary>
    public int Seed { get; private set; } = Environment.TickCount;

    /// <summary>Adds a target's inputs.</summary>
    public void Count(int inputs, int seed)
    {
        _inputs += inputs;
        _targets++;
        Seed = seed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_targets > 0)
            Console.WriteLine($"seed: {_inputs} hostile inputs for {_targets} parsers from HOSTILE_SEED={Seed}");
    }
}
