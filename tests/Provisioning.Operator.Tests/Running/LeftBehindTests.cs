using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Images;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>Whatever is gone or does not answer: a deletion ends in bounded time, and an event and the log name what stays.</summary>
public sealed class LeftBehindTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    [Theory]
    [InlineData(DeletionPolicy.Retain)]
    [InlineData(DeletionPolicy.Unload)]
    public async Task A_node_in_the_middle_of_a_load_whose_endpoint_is_gone_names_the_load(DeletionPolicy policy)
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 600));
        cluster.Apply(Samples.Node(change: spec => spec.DeletionPolicy = policy));
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");
        cluster.Room.EndpointReachable = false;

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilNodeAsync(node => node.Status?.ObserveRetry is { Attempt: > 1, NextTime: not null }, "cleaning up is tried again, counted and announced");
        cluster.Time.Jump(Grace);
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        var left = await LeftAsync(cluster, "Node");
        Assert.Contains("the operation Load ", left);
        Assert.Contains("in step CreateDisk", left);
        Assert.Contains("15 minutes", left);
        Assert.Equal(policy == DeletionPolicy.Unload, left.Contains("not unloaded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cleaning_up_that_does_not_succeed_pauses_between_its_attempts()
    {
        var tried = new ConcurrentQueue<DateTimeOffset>();
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 600), hooks);
        hooks.Abandon = (_, _) =>
        {
            tried.Enqueue(cluster.Time.GetUtcNow());
            return Task.FromResult(OperationOutcome.Failed(Reasons.HostUnreachable, "It does not answer."));
        };
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilNodeAsync(node => node.Status?.ObserveRetry is { Attempt: > 2 }, "cleaning up was tried three times");

        Assert.All(tried.Zip(tried.Skip(1)), pair => Assert.True(pair.Second - pair.First > TimeSpan.FromSeconds(2), $"Tried again after {pair.Second - pair.First}."));
    }

    [Fact]
    public async Task A_node_whose_secret_the_api_server_does_not_give_any_more_is_let_go_after_the_grace()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: spec =>
        {
            Samples.Linux(spec);
            spec.DeletionPolicy = DeletionPolicy.Unload;
        }));
        await cluster.UntilReadyAsync();
        cluster.Server.Inject(new Fault.Refuse(500, "InternalError") { Verb = "get", Resource = "secrets", Times = int.MaxValue });
        var (read, patience) = (cluster.Time.GetTimestamp(), SecretReader.Freshness * 2);
        await cluster.UntilAsync(() => cluster.Time.GetElapsedTime(read) > patience, "what was read of the Secret is old");

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilNodeAsync(node => node.Status?.ObserveRetry is not null, "waits for the Secret");
        cluster.Time.Jump(Grace);
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        Assert.Contains("The API server does not give", await LeftAsync(cluster, "Node"));
    }

    [Fact]
    public async Task An_image_names_the_file_at_a_provisioner_that_went_before_it()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        await cluster.UntilAsync(() => cluster.Image("old")?.Status?.Locations.Count == 1 && cluster.Image("old")!.Metadata.Finalizers is { Count: 1 }, "the file at its place");
        // Between the two deletions the operator must not come to record that the file is at no Provisioner any more.
        var deleted = new TaskCompletionSource();
        cluster.Server.Inject(new Fault.Delay(deleted.Task) { Verb = "patch", Resource = "images/status", Times = 10_000 });

        cluster.Delete(Cluster.ProvisionerKind, "room");
        cluster.Delete(Cluster.ImageKind, "old");
        deleted.SetResult();
        await cluster.UntilGoneAsync(Cluster.ImageKind, "old");

        Assert.Contains("at room", await LeftAsync(cluster, "Image"));
    }

    [Fact]
    public async Task An_image_whose_file_cannot_be_deleted_at_one_provisioner_is_deleted_at_the_others_and_names_that_one()
    {
        var hooks = new EngineHooks { Libraries = new() };
        hooks.Libraries.Place("a", "old");
        hooks.Libraries.Place("b", "old");
        hooks.Libraries.InsteadOfDeleting = provisioner => provisioner == "a" ? OperationOutcome.Failed(Reasons.HostUnreachable, "No route to host.") : null;
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Provisioner("a"));
        cluster.Apply(Samples.Provisioner("b"));
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        await cluster.UntilAsync(() => cluster.Image("old")?.Status?.Locations.Count == 2, "both places");

        cluster.Delete(Cluster.ImageKind, "old");
        await cluster.UntilAsync(() => !hooks.Libraries.Has("b", "old"), "the file that can be deleted is");
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Ready")?.Reason == Reasons.HostUnreachable, "the Image says what is in the way");
        Assert.Contains("It is tried until", Cluster.Condition(cluster.Image("old")!.Status!.Conditions, "Ready")!.Message);
        cluster.Time.Jump(ImageDeletion.Grace);
        await cluster.UntilGoneAsync(Cluster.ImageKind, "old");

        Assert.Contains("Provisioner a: No route to host", await LeftAsync(cluster, "Image"));
    }

    [Fact]
    public async Task An_image_whose_last_command_got_no_answer_stays_until_that_can_have_no_effect_any_more_and_no_other_is_given()
    {
        var commands = 0;
        var hooks = new EngineHooks { Libraries = new() };
        hooks.Libraries.Place("room", "old");
        hooks.Libraries.InsteadOfDeleting = _ =>
        {
            Interlocked.Increment(ref commands);
            return OperationOutcome.Failed(Reasons.HostUnreachable, "No answer.") with { NoAnswer = Reasons.HostUnreachable };
        };
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        await cluster.UntilAsync(() => cluster.Image("old")?.Status?.Locations.Count == 1, "its place");
        cluster.Delete(Cluster.ImageKind, "old");
        await cluster.UntilAsync(() => Volatile.Read(ref commands) > 0, "the first command");
        cluster.Time.Jump(TimeSpan.FromMinutes(10));
        var before = Volatile.Read(ref commands);
        await cluster.UntilAsync(() => Volatile.Read(ref commands) > before, "a command before the end");

        cluster.Time.Jump(TimeSpan.FromMinutes(5));
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Ready")?.Message.Contains("not tried any more", StringComparison.Ordinal) == true, "the Image says what it waits for");
        var given = Volatile.Read(ref commands);
        cluster.Time.Jump(RecordedVersion.Patience);
        await cluster.UntilGoneAsync(Cluster.ImageKind, "old");

        Assert.Equal(given, Volatile.Read(ref commands));
        Assert.Contains("No answer", await LeftAsync(cluster, "Image"));
    }

    [Fact]
    public async Task The_file_of_an_image_that_was_deleted_while_no_operator_ran_goes_when_one_is_back()
    {
        var hooks = new EngineHooks { Libraries = new() };
        hooks.Libraries.Place("room", "old");
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner());
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        var operators = await cluster.StartOperatorAsync(hooks);
        await cluster.UntilAsync(() => cluster.Image("old")?.Status?.Locations.Count == 1, "its place");
        await operators.KillAsync();

        cluster.Delete(Cluster.ImageKind, "old");
        cluster.Time.Jump(ImageDeletion.Grace * 2);
        await cluster.StartOperatorAsync(hooks);
        await cluster.UntilGoneAsync(Cluster.ImageKind, "old");
        Assert.False(hooks.Libraries.Has("room", "old"));
    }

    [Fact]
    public async Task A_provisioner_goes_at_once_and_names_the_nodes_and_files_that_stay()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        await cluster.UntilAsync(() => cluster.Image()?.Status?.Locations.Count == 1, "the image at its place");

        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.UntilGoneAsync(Cluster.ProvisionerKind, "room");

        var left = await LeftAsync(cluster, "Provisioner");
        Assert.Contains("n1", left);
        Assert.Contains("debian.qcow2", left);
    }

    /// <summary>The Images are looked at again as soon as it is gone, and name it no more.</summary>
    [Fact]
    public async Task A_provisioner_that_goes_while_it_is_looked_at_names_the_files_that_its_images_have_forgotten()
    {
        var (probing, mayAnswer) = (new TaskCompletionSource(), new TaskCompletionSource());
        var isHeld = false;
        var hooks = new EngineHooks
        {
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
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 2), hooks);
        cluster.Apply(Samples.Image());
        await cluster.UntilAsync(() => cluster.Image()?.Status?.Locations.Count == 1, "the image at its place");
        Volatile.Write(ref isHeld, true);
        await probing.Task.WaitAsync(TestContext.Current.CancellationToken);

        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.UntilAsync(() => cluster.Image()!.Status!.Locations.Count == 0, "the Image has forgotten it");
        mayAnswer.SetResult();

        Assert.Contains("debian.qcow2", await LeftAsync(cluster, "Provisioner"));
    }

    [Fact]
    public async Task A_capture_that_is_deleted_when_its_file_is_whole_and_no_image_made_names_the_file()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Server.Inject(new Fault.Refuse(403, "Forbidden") { Verb = "create", Resource = "images", Times = int.MaxValue });
        cluster.Apply(Samples.Capture());
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.CapturedImage is not null, "the capture done, its Image not made");
        var file = cluster.Node()!.Status!.Operation!.CapturedImage!.FileName;

        cluster.Delete(Cluster.CaptureKind, "take");
        await cluster.UntilReadyAsync();

        Assert.Contains(file, await LeftAsync(cluster, "Node"));
    }

    [Fact]
    public async Task A_capture_that_is_published_and_deleted_leaves_nothing_behind()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => cluster.Capture()?.Status?.FinishedTime is not null, "finished");
        cluster.Delete(Cluster.CaptureKind, "take");
        await cluster.UntilNodeAsync(node => Cluster.IsReady(node) && node.Status!.History.Any(record => record.Kind == OperationKind.Capture), "ready again");

        Assert.Empty(cluster.Events("LeftBehind"));
    }

    /// <summary>The answer comes half, so that what was done is not known, and when it is looked again there is no Node any more.</summary>
    [Fact]
    public async Task What_stays_is_told_though_the_answer_to_the_end_of_the_deletion_is_lost()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 600));
        cluster.Apply(Samples.Node(change: spec => spec.DeletionPolicy = DeletionPolicy.Unload));
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");
        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.UntilReasonAsync("Stalled", Reasons.ProvisionerNotFound);
        cluster.Server.Inject(new Fault.StallBody(20) { Verb = "patch", Resource = "nodes" });

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");
        Assert.Contains("the operation Load ", await LeftAsync(cluster, "Node"));
    }

    /// <summary>The one event, which the log tells as well: events are kept for an hour, and none are written in a namespace that is being deleted.</summary>
    private static async Task<string> LeftAsync(Cluster cluster, string kind)
    {
        await cluster.UntilAsync(() => Events(cluster, kind).Any(), $"an event LeftBehind of the {kind}");
        var note = (string)Assert.Single(Events(cluster, kind))["note"]!;
        Assert.Contains(cluster.Logs.GetSnapshot(), record => record.Level == LogLevel.Warning && record.Message.Contains("left behind", StringComparison.Ordinal));
        return note;
    }

    private static IEnumerable<System.Text.Json.Nodes.JsonObject> Events(Cluster cluster, string kind) =>
        cluster.Events("LeftBehind").Where(item => (string?)item["regarding"]!["kind"] == kind);
}
