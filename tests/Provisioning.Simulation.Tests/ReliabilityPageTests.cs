using System.Globalization;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.Real;

namespace Provisioning.Simulation.Tests;

/// <summary>docs/reliability.md shows the table of a run of the suite; hack/lib/faults.sh writes it.</summary>
public sealed class ReliabilityPageTests
{
    [Fact]
    public void The_page_lists_every_simulated_fault_and_nothing_was_lost()
    {
        var rows = File.ReadLines(SourceTree.File("docs/reliability.md"))
            .SkipWhile(line => line != "<!-- simulation: written by hack/lib/faults.sh -->")
            .TakeWhile(line => line != "<!-- end of simulation -->")
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | "))
            .Skip(2)
            .ToList();

        Assert.Equal(FaultTexts.Rows, rows.Select(row => row[0]));
        Assert.All(rows, row => Assert.True(int.Parse(row[1], CultureInfo.InvariantCulture) > 0 && row[2] == row[3] && row[4] == "nothing", string.Join(" | ", row)));
    }
}
