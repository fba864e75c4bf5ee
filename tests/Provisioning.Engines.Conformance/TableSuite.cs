using Provisioning.Engines.Conformance.Results;

namespace Provisioning.Engines.Conformance;

/// <summary>The documentation shows what is tested, and all of the suite is run. One of it for each engine is enough.</summary>
/// <param name="harness">The world.</param>
public abstract class TableSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    [Fact]
    public void The_table_of_the_engines_shows_what_this_engine_has()
    {
        var (table, head, column) = (EngineTable.Read(), EngineTable.HeadOf(Harness), EngineTable.ColumnOf(Harness));
        Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(EngineTable.PathOfPage)!, Harness.Page)), $"The engine has no page docs/engines/{Harness.Page}.");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            table.Set(head, column);
            table.Write();
            return;
        }

        Assert.True(table.Column(head) is not null, $"docs/engines/README.md has no column {head}. UPDATE_DOCS=1 adds it.");
        Assert.Equal(column, table.Column(head));
    }

    [Fact]
    public void Every_part_of_the_suite_is_run_for_this_engine()
    {
        var parts = typeof(ConformanceSuite).Assembly.GetTypes().Where(type => type.IsAbstract && type.IsSubclassOf(typeof(ConformanceSuite)));
        var run = GetType().Assembly.GetTypes().Where(type => !type.IsAbstract).Select(type => type.BaseType).ToHashSet();
        Assert.Equal([], parts.Where(part => !run.Contains(part)).Select(part => part.Name));
    }
}
