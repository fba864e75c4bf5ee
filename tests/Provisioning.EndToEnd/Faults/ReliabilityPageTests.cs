using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>docs/reliability.md lists the faults that these tests inject; hack/lib/faults.sh writes its table from a run.</summary>
public sealed class ReliabilityPageTests
{
    [Fact]
    public void The_page_lists_every_fault_on_real_parts_and_nothing_was_lost()
    {
        var rows = File.ReadLines(SourceTree.File("docs/reliability.md"))
            .SkipWhile(line => line != "<!-- faults: written by hack/lib/faults.sh -->")
            .TakeWhile(line => line != "<!-- end of faults -->")
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | "))
            .Skip(2)
            .ToList();

        Assert.Equal([.. Fault.All, "all"], rows.Select(row => row[0]));
        Assert.All(rows, row => Assert.True(int.Parse(row[1]) > 0 && row[1] == row[2] && row[3] == "nothing", string.Join(" | ", row)));
    }
}
