using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Testing;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Tests.Contract;

/// <content>What a new leader relies on to know, without a list, that its cache is current.</content>
public abstract partial class ApiServerContract
{
    [Fact]
    public async Task A_watch_brings_a_mark_after_all_that_was_written_before_it()
    {
        await Widgets.CreateAsync(Widget.Named(_name), Stop);
        await Widgets.PatchAsync(Key, JsonNode.Parse("""{"status":{"phase":"Up"}}""")!, PatchKind.Merge, "status", Stop);
        var log = new FakeLogger<ResourceReflector<Widget>>();
        var reflector = new ResourceReflector<Widget>(Connection, Widget.Definition, new() { Namespace = "default" }, TimeProvider.System, new Random(), log);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var run = reflector.RunAsync(ends.Token);
        await reflector.WaitForSyncAsync(Stop);

        var names = Enumerable.Range(0, 20).Select(number => $"{_name}-{number}").ToList();
        await Task.WhenAll(names.Select(name => Widgets.CreateAsync(Widget.Named(name), Stop)));
        await Widgets.DeleteAsync(new("default", names[0]), uid: null, Stop);
        await reflector.CatchUpAsync(Stop);
        Assert.Equal(names.Skip(1), reflector.Cache.List().Select(widget => widget.Metadata.Name).Where(names.Contains).OrderBy(names.IndexOf));
        Assert.DoesNotContain(log.Collector.GetSnapshot(), record => record.Message.Contains("listing everything anew", StringComparison.Ordinal));
        Assert.Contains(log.Collector.GetSnapshot(), record => record.Message.Contains("has brought the mark", StringComparison.Ordinal));

        await ends.CancelAsync();
        await run;
    }

    [Fact]
    public async Task A_patch_of_the_status_that_changes_nothing_makes_no_new_version()
    {
        await Widgets.CreateAsync(Widget.Named(_name), Stop);
        var patch = JsonNode.Parse("""{"status":{"watchMark":"the same"}}""")!;
        var first = await Widgets.PatchAsync(Key, patch, PatchKind.Merge, "status", Stop);
        var second = await Widgets.PatchAsync(Key, patch, PatchKind.Merge, "status", Stop);
        Assert.Equal("the same", second.Status!.WatchMark);
        Assert.Equal(first.Metadata.ResourceVersion, second.Metadata.ResourceVersion);
    }
}
