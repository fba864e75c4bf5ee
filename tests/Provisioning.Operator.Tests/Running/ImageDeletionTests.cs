using System.Text.Json.Nodes;
using Provisioning.Api.Images;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>The file of a deleted Image goes with it where its policy says so, and only when nothing can need it any more.</summary>
public sealed class ImageDeletionTests
{
    [Fact]
    public async Task The_file_of_a_deleted_image_goes_with_it_when_nobody_uses_it()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        cluster.Room.PutImageFile(Samples.Namespace, "old.qcow2", Samples.Digest("old"), 7);
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Ready") is not null, "looked at");

        cluster.Delete(Cluster.ImageKind, "old");
        await cluster.UntilGoneAsync(Cluster.ImageKind, "old");
        Assert.Empty(cluster.Room.ImageFiles(Samples.Namespace));
    }

    /// <summary>The operator's watch is silent: to it the Image is still being deleted when somebody has made it again, with the same file.</summary>
    [Fact]
    public async Task The_file_of_an_image_that_was_made_again_unseen_is_not_deleted()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner());
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        cluster.Room.PutImageFile(Samples.Namespace, "old.qcow2", Samples.Digest("old"), 7);
        var first = await cluster.StartOperatorAsync();
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Ready") is not null, "looked at");
        await first.StopAsync();
        cluster.Delete(Cluster.ImageKind, "old");

        // It sees the deletion in its list, and then nothing more; its first attempt is held up until another operator is done with it.
        cluster.Server.Inject(new Fault.Freeze { Verb = "watch", Resource = "images", Times = 10_000 });
        var mayTry = new TaskCompletionSource();
        var held = cluster.Server.Inject(new Fault.Delay(mayTry.Task) { Verb = "get", Resource = "images" });
        var second = await cluster.StartOperatorAsync();
        await cluster.UntilAsync(() => held.Hits == 1, "an attempt");
        LetGo(cluster, "old");
        cluster.Apply(Samples.Image("old"));
        mayTry.SetResult();
        await second.StopAsync();

        Assert.Null(cluster.Image("old")!.Metadata.DeletionTimestamp);
        Assert.Equal(Samples.Digest("old"), cluster.Room.ImageFiles(Samples.Namespace)["old.qcow2"]);
    }

    [Fact]
    public async Task The_file_of_a_deleted_image_stays_while_another_image_names_it()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        cluster.Apply(Samples.Image("new", spec => (spec.FileName, spec.Digest) = ("old.qcow2", Samples.Digest("old"))));
        cluster.Room.PutImageFile(Samples.Namespace, "old.qcow2", Samples.Digest("old"), 7);
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Ready") is not null, "looked at");

        cluster.Delete(Cluster.ImageKind, "old");
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Reconciling")?.Message?.Contains("the Image new names the same file", StringComparison.Ordinal) == true, "the other Image told");
        Assert.NotEmpty(cluster.Room.ImageFiles(Samples.Namespace));
        cluster.Delete(Cluster.ImageKind, "new");
        await cluster.UntilGoneAsync(Cluster.ImageKind, "old");
        Assert.Empty(cluster.Room.ImageFiles(Samples.Namespace));
    }

    [Fact]
    public async Task An_image_is_not_let_go_while_a_command_that_got_no_answer_may_still_take_its_file()
    {
        var hooks = new EngineHooks { Libraries = new() };
        hooks.Libraries.Place("room", "old");
        var isFirst = 1;
        hooks.Libraries.InsteadOfDeleting = _ => Interlocked.Exchange(ref isFirst, 0) == 1 ? throw new IOException("The connection was lost.") : null;
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        await cluster.UntilAsync(() => cluster.Image("old")?.Status?.Locations.Count == 1, "found");

        cluster.Delete(Cluster.ImageKind, "old");
        await cluster.UntilAsync(() => !hooks.Libraries.Has("room", "old"), "the file gone");
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Reconciling")?.Message?.Contains("may still reach the host", StringComparison.Ordinal) == true, "the Image says why it stays");
        Assert.Equal("HostUnreachable", Cluster.Condition(cluster.Image("old")!.Status!.Conditions, "Ready")!.Reason);
    }

    [Fact]
    public async Task An_image_whose_deletion_another_operator_began_is_not_let_go_at_once()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner());
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        cluster.Room.PutImageFile(Samples.Namespace, "old.qcow2", Samples.Digest("old"), 7);
        var library = new Libraries { InsteadOfDeleting = _ => throw new IOException("The connection was lost.") };
        library.Place("room", "old");
        var first = await cluster.StartOperatorAsync(new() { Libraries = library });
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Ready") is not null, "looked at");
        cluster.Delete(Cluster.ImageKind, "old");
        await cluster.UntilAsync(() => cluster.Image("old")?.Status?.DeletionBegunTime is not null, "begun");
        await first.KillAsync();

        await cluster.StartOperatorAsync();
        await cluster.UntilAsync(() => cluster.Room.ImageFiles(Samples.Namespace).Count == 0, "the file gone");
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Reconciling")?.Message?.Contains("may still reach the host", StringComparison.Ordinal) == true, "the Image says why it stays");
    }

    /// <summary>Until then the capture publishes its Image again when that is missing; the new one would name a file that is gone.</summary>
    [Fact]
    public async Task The_file_of_a_captured_image_stays_until_the_end_of_its_capture_is_recorded()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        var (mayPublish, mayRecord) = (new TaskCompletionSource(), new TaskCompletionSource());
        var publishing = cluster.Server.Inject(new Fault.Delay(mayPublish.Task) { Verb = "create", Resource = "images", Times = 10_000 });
        cluster.Apply(Samples.Capture(change: spec => spec.ImageDeletionPolicy = ImageDeletionPolicy.Delete));
        await cluster.UntilAsync(() => publishing.Hits > 0, "about to publish");
        cluster.Server.Inject(new Fault.Delay(mayRecord.Task) { Verb = "patch", Resource = "imagecaptures/status", Times = 10_000 });
        mayPublish.SetResult();
        await cluster.UntilAsync(() => cluster.Image("golden")?.Metadata.Finalizers?.Count > 0, "published");
        var file = cluster.Image("golden")!.Spec.FileName;

        cluster.Delete(Cluster.ImageKind, "golden");
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("golden")?.Status?.Conditions, "Reconciling")?.Message?.Contains("the end of the capture", StringComparison.Ordinal) == true, "the Image says why it stays");
        Assert.Contains(file, cluster.Room.ImageFiles(Samples.Namespace).Keys);
        mayRecord.SetResult();
        await cluster.UntilGoneAsync(Cluster.ImageKind, "golden");

        Assert.NotNull(cluster.Capture()!.Status!.FinishedTime);
        Assert.DoesNotContain(file, cluster.Room.ImageFiles(Samples.Namespace).Keys);
    }

    [Fact]
    public async Task The_file_of_a_deleted_image_stays_while_a_node_uses_it_and_the_image_says_so()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Image("old", spec => spec.DeletionPolicy = ImageDeletionPolicy.Delete));
        cluster.Room.PutImageFile(Samples.Namespace, "old.qcow2", Samples.Digest("old"), 7);
        cluster.Apply(Samples.Node(image: "old"));
        await cluster.UntilReadyAsync();

        cluster.Delete(Cluster.ImageKind, "old");
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("old")?.Status?.Conditions, "Reconciling")?.Reason == "ImageInUse", "the Image in use");
        Assert.NotEmpty(cluster.Room.ImageFiles(Samples.Namespace));
        cluster.Edit("n1", spec => spec.ImageRef!.Name = "debian");
        await cluster.UntilGoneAsync(Cluster.ImageKind, "old");
        Assert.Empty(cluster.Room.ImageFiles(Samples.Namespace));
    }

    /// <summary>As the operator that was in charge before does at the end of a deletion.</summary>
    private static void LetGo(Cluster cluster, string image)
    {
        cluster.Server.Change(Cluster.ImageKind, Samples.Namespace, image, json => json["metadata"]!["finalizers"] = new JsonArray());
        Assert.Null(cluster.Image(image));
    }
}
