namespace Provisioning.Simulation.Worlds;

/// <summary>What a world consists of, chosen by its seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Nodes">Nodes at the beginning.</param>
/// <param name="Provisioners">Provisioners at the beginning.</param>
/// <param name="Images">Images at the beginning.</param>
/// <param name="Replicas">Operators at the same time; more than one elect a leader.</param>
/// <param name="Trouble">How long things go wrong.</param>
internal sealed record Scenario(int Seed, int Nodes, int Provisioners, int Images, int Replicas, TimeSpan Trouble)
{
    /// <summary>Whether several operators elect a leader. A single one may do so as well.</summary>
    public bool ElectsLeader { get; init; }

    /// <summary>Whether people give Nodes other machines.</summary>
    public bool MovesMachines { get; init; } = true;

    /// <summary>What is turned off in the operator, to see that the checks notice; null: nothing.</summary>
    public string? Mutant { get; init; }

    public static Scenario From(int seed, Random random)
    {
        var replicas = random.Next(4) == 0 ? 2 : 1;
        return new(seed, random.Next(1, 5), random.Next(1, 3), random.Next(1, 4), replicas, TimeSpan.FromMinutes(random.Next(3, 31)))
        {
            ElectsLeader = replicas > 1 || random.Next(8) == 0,
        };
    }
}
