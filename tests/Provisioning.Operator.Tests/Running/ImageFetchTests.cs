using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>An image that is at one Provisioner comes to another one whose Nodes need it, once, and goes when nobody needs it any more.</summary>
public sealed class ImageFetchTests
{
    private readonly EngineHooks _hooks = new() { Libraries = new() };

    private Libraries Libraries => _hooks.Libraries!;

    [Fact]
    public async Task Nodes_wait_for_one_copy_and_are_loaded_from_it()
    {
        await using var cluster = await StartAsync();
        for (var number = 1; number <= 5; number++)
            cluster.Apply(At("other", $"n{number}"));

        for (var number = 1; number <= 5; number++)
            await cluster.UntilReadyAsync($"n{number}");

        Assert.Equal(Enumerable.Range(1, 10).Select(part => $"other {part}"), Libraries.Moved);
        await cluster.UntilAsync(() => cluster.Image()?.Status is { Fetches.Count: 0, Locations.Count: 2 }, "both places and no copy under way");
        Assert.Equal(ImageOrigin.Fetched, cluster.Image()!.Status!.Locations.Single(location => location.Provisioner == "other").Origin);
        Assert.DoesNotContain(cluster.Events(), item => (string?)item["type"] == "Warning");
    }

    /// <summary>At the true speed: what the Image is asked for with is then the Node itself, and not its next look after ten minutes.</summary>
    [Fact]
    public async Task A_node_that_comes_while_its_image_is_looked_at_for_the_first_time_is_not_missed()
    {
        var mayTell = new TaskCompletionSource();
        await using var cluster = await StartAsync(start: false, speed: 1);
        var telling = cluster.Server.Inject(new Fault.Delay(mayTell.Task) { Verb = "patch", Resource = "images/status" });
        await cluster.StartOperatorAsync(_hooks);
        await cluster.UntilAsync(() => telling.Hits == 1, "libraries asked, and not told yet");

        cluster.Apply(At("other"));
        await cluster.UntilNodeAsync(node => node.Status?.ObservedGeneration == 1, "looked at");
        mayTell.SetResult();

        await cluster.UntilReadyAsync();
    }

    [Fact]
    public async Task A_host_without_space_stalls_the_node_with_the_numbers_and_heals()
    {
        await using var cluster = await StartAsync();
        Libraries.Instead = () => OperationOutcome.Failed(Reasons.DiskFull, "debian needs 90 MiB more, and /images on other has 3 MiB left.");
        cluster.Apply(At("other"));

        await cluster.UntilReasonAsync("Stalled", Reasons.DiskFull);
        Assert.Contains("3 MiB left", cluster.Condition("Stalled")!.Message);
        Assert.Contains("room", cluster.Condition("Stalled")!.Message);
        await cluster.UntilAsync(() => cluster.Image()!.Status!.Fetches is [{ Attempt: > 1, NextTime: not null, Reason: Reasons.DiskFull }], "the number of the attempt and the time of the next one");

        Libraries.Instead = null;
        await cluster.UntilReadyAsync();
    }

    [Fact]
    public async Task Another_operator_goes_on_where_the_first_one_died()
    {
        await using var cluster = await StartAsync(start: false);
        var first = await cluster.StartOperatorAsync(_hooks);
        await cluster.UntilAsync(() => cluster.Image()?.Status?.Locations.Count == 1, "the image at its place");
        var seen = 0;
        Libraries.Instead = () => Interlocked.Increment(ref seen) > 4 ? OperationOutcome.Running("Fetch", "waits", TimeSpan.FromSeconds(5)) : null;
        cluster.Apply(At("other"));
        await cluster.UntilAsync(() => seen > 5, "a copy in its middle");
        await first.KillAsync();

        Libraries.Instead = null;
        await cluster.StartOperatorAsync(_hooks);
        await cluster.UntilReadyAsync();

        Assert.Equal(Enumerable.Range(1, 10).Select(part => $"other {part}"), Libraries.Moved);
    }

    [Fact]
    public async Task A_copy_that_no_node_needs_any_more_goes_and_what_was_placed_stays()
    {
        await using var cluster = await StartAsync(unusedSeconds: 0);
        cluster.Apply(At("other"));
        await cluster.UntilReadyAsync();
        Assert.True(Libraries.Has("other", "debian"));

        // The other image is made of the same name in another place, so that the Node lets go of the first one.
        Libraries.Place("other", "fedora");
        cluster.Apply(Samples.Image("fedora"));
        cluster.Edit("n1", spec => spec.ImageRef = new() { Name = "fedora" });
        await cluster.UntilReadyAsync();

        await cluster.UntilAsync(() => !Libraries.Has("other", "debian"), "the copy deleted");
        Assert.Equal(["other"], Libraries.Deleted);
        Assert.True(Libraries.Has("room", "debian"));
    }

    [Fact]
    public async Task A_node_that_only_looks_has_nothing_fetched()
    {
        await using var cluster = await StartAsync();
        cluster.Apply(At("other", change: spec => spec.ManagementPolicy = ManagementPolicy.Observe));
        await cluster.UntilLooksAsync(_hooks, 3);

        Assert.Empty(Libraries.Moved);
    }

    [Fact]
    public async Task What_nobody_wants_any_more_is_not_fetched_to_its_end()
    {
        await using var cluster = await StartAsync();
        var asked = 0;
        Libraries.Instead = () =>
        {
            Volatile.Write(ref asked, 0);
            return Libraries.Moved.Count > 3 ? OperationOutcome.Running("Fetch", "waits", TimeSpan.FromSeconds(1)) : null;
        };
        cluster.Apply(At("other"));
        await cluster.UntilAsync(() => cluster.Image()?.Status?.Fetches.Count == 1, "a copy under way");

        cluster.Delete(Cluster.ImageKind, "debian");
        await cluster.UntilReasonAsync("Stalled", Reasons.ImageNotFound);
        // The Node may hear of the deletion before the copying does. Counted in turns of this wait, not in seconds: a machine that stands still stops both.
        await cluster.UntilAsync(() => Interlocked.Increment(ref asked) > 300, "the copying, which asks in every fifth of these turns, given up");
        Libraries.Instead = null;
        cluster.Apply(Samples.Image("fedora"));
        await cluster.UntilAsync(() => cluster.Image("fedora")?.Status is not null, "another image looked at");

        Assert.False(Libraries.Has("other", "debian"));
    }

    private async Task<Cluster> StartAsync(bool start = true, int unusedSeconds = 604800, double speed = FastTime.Usual)
    {
        var cluster = await Cluster.StartAsync(speed);
        Libraries.Place("room", "debian");
        cluster.Apply(Samples.Provisioner());
        cluster.Apply(Samples.Provisioner("other", change: spec => spec.Timeouts.UnusedCopySeconds = unusedSeconds));
        cluster.Apply(Samples.Image());
        if (start)
            await cluster.StartOperatorAsync(_hooks);
        await cluster.UntilAsync(() => !start || cluster.Image()?.Status?.Locations.Count == 1, "the image at its place");
        return cluster;
    }

    private static Node At(string provisioner, string name = "n1", Action<NodeSpec>? change = null) => Samples.Node(name, change: spec =>
    {
        spec.ProvisionerRef = new() { Name = provisioner };
        change?.Invoke(spec);
    });
}
