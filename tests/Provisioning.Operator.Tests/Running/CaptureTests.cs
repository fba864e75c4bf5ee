using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>Captures from the request to the Image, and everything that can get into their way.</summary>
public sealed class CaptureTests
{
    [Fact]
    public async Task A_capture_makes_an_image_that_another_node_loads_and_leaves_the_machine_as_it_was()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: Samples.Linux));
        await cluster.UntilReadyAsync();

        cluster.Apply(Samples.Capture());
        await UntilFinishedAsync(cluster);

        var captured = cluster.Capture()!.Status!.CapturedImage!;
        Assert.Equal("Captured", Ready(cluster).Reason);
        Assert.Equal(ConditionStatus.True, Ready(cluster).Status);
        Assert.Equal(captured.Digest, cluster.Image("golden")!.Spec.Digest);
        await cluster.UntilNodeAsync(node => Cluster.IsReady(node) && node.Status!.History.Any(record => record.Kind == OperationKind.PostLoad), "ready again, configured anew");
        Assert.Equal(PowerValue.On, cluster.Machine().Power);
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
        Assert.Null(cluster.Node()!.Status!.LoadedImage!.PreparedForCapture);

        cluster.Apply(Samples.Node("n2", "golden"));
        await cluster.UntilReadyAsync("n2");
        Assert.Equal(captured.Digest, cluster.Machine("n2").Disk!.Digest);
    }

    /// <summary>The machine is off and was never seen: a capture that prepares its system waits for a person, one that does not need not wait with it.</summary>
    [Fact]
    public async Task A_capture_that_waits_for_a_person_lets_one_behind_it_go_first()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Room.SetImage(Samples.Namespace, "n1", Samples.Digest("debian"), "debian", "debian@1");
        cluster.Apply(Samples.Node(change: spec =>
        {
            Samples.Linux(spec);
            spec.PowerState = PowerState.PoweredOff;
        }));
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture("first", "prepared"));
        await cluster.UntilReasonAsync("Stalled", "NotProbed");

        cluster.Apply(Samples.Capture("second", "plain", change: spec => spec.Preparation = CapturePreparation.None));
        await cluster.UntilAsync(() => cluster.Capture("second")?.Status?.FinishedTime is not null, "the second one finished");
        Assert.Equal("Captured", Cluster.Condition(cluster.Capture("second")!.Status!.Conditions, "Ready")!.Reason);
        Assert.Null(cluster.Capture("first")!.Status!.FinishedTime);

        // Its turn comes when what it waits for is there.
        cluster.Edit("n1", spec => spec.PowerState = PowerState.PoweredOn);
        await cluster.UntilAsync(() => cluster.Capture("first")?.Status?.FinishedTime is not null, "the first one finished");
        Assert.Equal("Captured", Cluster.Condition(cluster.Capture("first")!.Status!.Conditions, "Ready")!.Reason);
    }

    [Fact]
    public async Task The_node_goes_on_at_once_when_the_capture_has_taken_over_its_end()
    {
        await using var cluster = await Cluster.WithOperatorAsync(speed: FastTime.Slow);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Server.Inject(new Fault.Refuse(409, "Conflict") { Verb = "patch", Resource = "imagecaptures/status", Times = 3 });

        cluster.Apply(Samples.Capture());
        await UntilFinishedAsync(cluster);
        var finished = cluster.Time.GetTimestamp();
        await cluster.UntilReadyAsync();

        Assert.True(cluster.Time.GetElapsedTime(finished) < TimeSpan.FromSeconds(15), $"It took {cluster.Time.GetElapsedTime(finished)}.");
    }

    [Fact]
    public async Task A_capture_that_is_deleted_mid_way_leaves_nothing_half_made()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(capture: 600));
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => cluster.Room.PartialImageFiles(Samples.Namespace).Count == 1, "a partial image file");

        cluster.Delete(Cluster.CaptureKind, "take");
        await cluster.UntilReadyAsync();

        Assert.Empty(cluster.Room.PartialImageFiles(Samples.Namespace));
        Assert.Null(cluster.Image("golden"));
        Assert.Equal("Superseded", cluster.Node()!.Status!.History[1].Reason);
        Assert.Equal(PowerValue.On, cluster.Machine().Power);
    }

    [Fact]
    public async Task A_name_that_is_taken_stalls_the_capture_until_it_is_free()
    {
        await using var cluster = await Cluster.WithOperatorAsync(speed: FastTime.Slow);
        cluster.Apply(Samples.Image("golden"));
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Capture()?.Status?.Conditions, "Stalled")?.Reason == "ImageNameTaken", "stalled");

        cluster.Delete(Cluster.ImageKind, "golden");
        var freed = cluster.Time.GetTimestamp();
        await UntilFinishedAsync(cluster);

        Assert.Equal("Captured", Ready(cluster).Reason);
        Assert.True(cluster.Time.GetElapsedTime(freed) < TimeSpan.FromSeconds(30), $"It took {cluster.Time.GetElapsedTime(freed)}.");
    }

    [Fact]
    public async Task An_image_of_the_name_that_appears_meanwhile_fails_the_capture_and_stays()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(capture: 400));
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture());
        await cluster.UntilNodeAsync(node => node.Status?.Operation is not null, "an operation");

        cluster.Apply(Samples.Image("golden", spec => spec.FileName = "other.qcow2"));
        await cluster.HurryAsync(UntilFinishedAsync(cluster));

        Assert.Equal("ImageNameTaken", Ready(cluster).Reason);
        Assert.Equal(Samples.Digest("golden"), cluster.Image("golden")!.Spec.Digest);
    }

    [Fact]
    public async Task A_node_that_is_deleted_during_its_capture_ends_the_capture_first()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(capture: 600));
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => cluster.Room.PartialImageFiles(Samples.Namespace).Count == 1, "a partial image file");

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        Assert.Equal("Deleting", Ready(cluster).Reason);
        Assert.NotNull(cluster.Capture()!.Status!.FinishedTime);
        Assert.Empty(cluster.Room.PartialImageFiles(Samples.Namespace));
    }

    [Fact]
    public async Task A_node_that_is_deleted_when_its_capture_is_done_waits_until_the_image_is_published()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        var fault = cluster.Server.Inject(new Fault.Refuse(503, "ServiceUnavailable") { Verb = "create", Resource = "images", Times = 10_000 });
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => fault.Hits > 0, "the publishing refused");
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Phase == OperationPhase.Succeeded, "a capture that is done");

        cluster.Delete(Cluster.NodeKind, "n1");
        var refused = fault.Hits;
        await cluster.UntilAsync(() => fault.Hits > refused, "the publishing refused after the deletion");
        Assert.NotNull(cluster.Node());
        fault.Lift();
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        Assert.Equal("Captured", Ready(cluster).Reason);
        Assert.NotNull(cluster.Image("golden"));
    }

    [Fact]
    public async Task Two_captures_of_one_node_run_one_after_the_other()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(capture: 10), hooks);
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: Samples.Linux));
        await cluster.UntilReadyAsync();

        cluster.Apply(Samples.Capture("take1", "golden1"));
        cluster.Apply(Samples.Capture("take2", "golden2"));
        await UntilFinishedAsync(cluster, "take1");
        await UntilFinishedAsync(cluster, "take2");
        await cluster.UntilReadyAsync();

        Assert.NotNull(cluster.Image("golden1"));
        Assert.NotNull(cluster.Image("golden2"));
        Assert.Equal(1, hooks.MostAtOnce);
    }

    [Fact]
    public async Task A_capture_that_fails_before_it_begins_does_not_make_the_machine_a_contradiction()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Room.PutImageFile(Samples.Namespace, "golden2-1.qcow2", Samples.Digest("foreign"), 7);
        cluster.Apply(Samples.Node(change: Samples.Linux));
        await cluster.UntilReadyAsync();

        cluster.Apply(Samples.Capture("take1", "golden1"));
        cluster.Apply(Samples.Capture("take2", "golden2"));
        await UntilFinishedAsync(cluster, "take1");
        await UntilFinishedAsync(cluster, "take2");
        await cluster.UntilReadyAsync();

        Assert.Equal("ImageNameTaken", Cluster.Condition(cluster.Capture("take2")!.Status!.Conditions, "Ready")!.Reason);
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
    }

    [Fact]
    public async Task A_capture_of_a_node_that_does_not_exist_waits_for_it()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Capture()?.Status?.Conditions, "Stalled")?.Reason == "NodeNotFound", "stalled");

        cluster.Apply(Samples.Node());
        await UntilFinishedAsync(cluster);
        Assert.Equal("Captured", Ready(cluster).Reason);
    }

    [Fact]
    public async Task A_power_on_after_a_capture_is_still_due_when_it_failed_at_first()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        var failures = 0;
        hooks.Answer = (context, outcome) => context.Operation.Kind == OperationKind.PowerOn && outcome.Phase == OperationPhase.Succeeded && failures++ == 0
            ? OperationOutcome.Failed("CommandFailed", "The switch is stuck.")
            : outcome;
        hooks.Before = (_, context) =>
        {
            if (context.Operation.Kind == OperationKind.PowerOn && failures == 1)
                failures++;
        };
        hooks.Abandon = (context, _) =>
        {
            cluster.Room.PowerOff(Samples.Namespace, "n1");
            return Task.FromResult(OperationOutcome.Succeeded("stopped"));
        };

        cluster.Apply(Samples.Capture());
        await UntilFinishedAsync(cluster);
        await cluster.UntilNodeAsync(node => node.Status!.History.Any(record => record is { Kind: OperationKind.PowerOn, Phase: OperationPhase.Failed }), "a power-on that failed");
        await cluster.UntilReadyAsync();

        Assert.Equal(PowerValue.On, cluster.Machine().Power);
    }

    private static Task UntilFinishedAsync(Cluster cluster, string name = "take") =>
        cluster.UntilAsync(() => cluster.Capture(name)?.Status?.FinishedTime is not null, $"ImageCapture {name} finished");

    private static Condition Ready(Cluster cluster) => Cluster.Condition(cluster.Capture()!.Status!.Conditions, "Ready")!;
}
