using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Engines;
using Provisioning.Operator.Provisioners;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>Nothing holds a Provisioner back from going, and no operator need be there to see it: the next one finds in the status of the Images what stays there, and tells it.</summary>
public sealed class GoneProvisionerTests
{
    [Fact]
    public async Task What_stays_at_a_provisioner_that_went_while_no_operator_ran_is_told_once_by_the_next_one()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner());
        cluster.Apply(Samples.Image());
        cluster.Apply(Samples.Image("second"));
        cluster.Apply(Samples.Node());
        var first = await cluster.StartOperatorAsync();
        await cluster.UntilReadyAsync();
        await UntilSeenAsync(cluster, "debian");
        await UntilSeenAsync(cluster, "second");
        await first.KillAsync();

        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.StartOperatorAsync();
        await UntilForgottenAsync(cluster, "debian");
        await UntilForgottenAsync(cluster, "second");

        var told = Assert.Single(Told(cluster));
        Assert.All((string[])["room", "n1", "debian.qcow2", "second.qcow2"], word => Assert.Contains(word, told));
        Assert.Contains("second.qcow2", (string)Assert.Single(cluster.Events("LeftBehind"))["note"]!);
    }

    /// <summary>The Images are looked at as soon as it is gone, and what they say is all that is left when the operator dies then.</summary>
    [Fact]
    public async Task An_operator_that_dies_before_it_has_told_leaves_it_to_the_next_one()
    {
        var looks = 0;
        var (probing, mayAnswer) = (new TaskCompletionSource(), new TaskCompletionSource());
        var isHeld = false;
        var hooks = new EngineHooks
        {
            Library = (_, _) =>
            {
                Interlocked.Increment(ref looks);
                return Task.CompletedTask;
            },
            Probe = async _ =>
            {
                if (Volatile.Read(ref isHeld))
                {
                    probing.TrySetResult();
                    await mayAnswer.Task;
                }

                return new(Fact.Yes, Fact.Yes, "vmhost:22", null);
            },
        };
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 2));
        cluster.Apply(Samples.Image());
        var first = await cluster.StartOperatorAsync(hooks);
        await UntilSeenAsync(cluster, "debian");
        Volatile.Write(ref isHeld, true);
        await probing.Task.WaitAsync(TestContext.Current.CancellationToken);
        cluster.Apply(Samples.Provisioner("other"));
        await cluster.UntilAsync(() => cluster.Image()!.Status!.Locations.Count == 2, "the image at both places");

        var before = Volatile.Read(ref looks);
        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.UntilAsync(() => Volatile.Read(ref looks) > before, "the Image is looked at without it");
        var killed = first.KillAsync();
        mayAnswer.SetResult();
        await killed;
        await cluster.StartOperatorAsync();
        await UntilForgottenAsync(cluster, "debian");

        Assert.Contains("debian.qcow2", Told(cluster)[^1]);
    }

    [Fact]
    public async Task What_stays_at_a_host_that_did_not_answer_any_more_is_told_by_an_operator_that_never_saw_it()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner());
        cluster.Apply(Samples.Image());
        var first = await cluster.StartOperatorAsync();
        await UntilSeenAsync(cluster, "debian");
        await first.KillAsync();
        cluster.Room.EndpointReachable = false;
        await cluster.StartOperatorAsync();
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image()!.Status!.Conditions, "Ready") is { Status: ConditionStatus.Unknown }, "whether the file is there is unknown");

        cluster.Delete(Cluster.ProvisionerKind, "room");
        await UntilForgottenAsync(cluster, "debian");

        Assert.Contains("debian.qcow2", Assert.Single(Told(cluster)));
    }

    [Fact]
    public async Task A_provisioner_that_comes_again_and_goes_again_is_told_of_again()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        foreach (var time in (int[])[1, 2])
        {
            cluster.Apply(Samples.Provisioner());
            await UntilSeenAsync(cluster, "debian");
            cluster.Delete(Cluster.ProvisionerKind, "room");
            await UntilForgottenAsync(cluster, "debian");
            Assert.Equal(time, Told(cluster).Count);
        }
    }

    [Fact]
    public async Task News_of_a_provisioner_that_come_late_are_waited_for()
    {
        await using var cluster = await Cluster.StartAsync(FastTime.Slow);
        cluster.Apply(Samples.Image());
        var image = cluster.Image()!;
        image.Status = new() { Locations = [new() { Provisioner = "room", Path = "/images/debian.qcow2" }] };
        cluster.Apply(image);
        await cluster.StartOperatorAsync();
        await cluster.UntilAsync(() => cluster.Image()!.Status!.Conditions.Count > 0, "looked at");

        Assert.Equal("room", Assert.Single(cluster.Image()!.Status!.Locations).Provisioner);
        Assert.Empty(Told(cluster));

        cluster.Time.Jump(GoneProvisioners.Patience);
        cluster.Apply(Samples.Provisioner("other"));
        await cluster.UntilAsync(() => cluster.Image()!.Status!.Locations is [{ Provisioner: "other" }], "the other place, and that one forgotten");
        Assert.Contains("debian.qcow2", Assert.Single(Told(cluster)));
    }

    private static Task UntilSeenAsync(Cluster cluster, string image) =>
        cluster.UntilAsync(() => cluster.Image(image)?.Status?.Locations.Any(location => location.Provisioner == "room") == true, $"{image} at its place");

    private static Task UntilForgottenAsync(Cluster cluster, string image) =>
        cluster.UntilAsync(() => cluster.Image(image)!.Status!.Locations.All(location => location.Provisioner != "room"), $"{image} names the Provisioner no more");

    private static List<string> Told(Cluster cluster) =>
        [.. cluster.Logs.GetSnapshot().Where(record => record.Level == LogLevel.Warning && record.Message.Contains("left behind", StringComparison.Ordinal)).Select(record => record.Message)];
}
