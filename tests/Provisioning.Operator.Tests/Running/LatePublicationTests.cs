using Provisioning.Api.Images;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>A request to create the Image of a capture that arrives late must find the Image, or it would come up again when somebody has deleted it with its file.</summary>
public sealed class LatePublicationTests
{
    [Fact]
    public async Task An_image_is_not_let_go_while_a_request_to_create_it_may_still_arrive()
    {
        // Six minutes of this clock are a minute and a half: all that follows the lost request comes within.
        await using var cluster = await Cluster.WithOperatorAsync(speed: 4);
        cluster.Server.Inject(new Fault.Drop(AfterEffect: false) { Verb = "create", Resource = "images" });
        await DeleteCapturedAsync(cluster);

        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("golden")?.Status?.Conditions, "Reconciling")?.Message?.Contains("may still reach the API server", StringComparison.Ordinal) == true, "the Image says why it stays");
        Assert.Equal("Deleting", Cluster.Condition(cluster.Image("golden")!.Status!.Conditions, "Ready")!.Reason);
        Assert.Empty(cluster.Room.ImageFiles(Samples.Namespace));
    }

    [Fact]
    public async Task An_image_whose_creation_was_answered_goes_at_once()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        await DeleteCapturedAsync(cluster);
        await cluster.UntilGoneAsync(Cluster.ImageKind, "golden");
    }

    /// <summary>Without a finalizer nothing holds the Image, and with it nobody deletes its file but a person.</summary>
    [Fact]
    public async Task An_image_that_comes_up_again_without_its_file_says_so()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        await CaptureAsync(cluster, ImageDeletionPolicy.Retain);
        var image = cluster.Image("golden")!;
        cluster.Delete(Cluster.ImageKind, "golden");
        cluster.Room.RemoveImageFile(Samples.Namespace, image.Spec.FileName);

        image.Status = null;
        (image.Metadata.Uid, image.Metadata.ResourceVersion, image.Metadata.Finalizers) = (null, null, null);
        cluster.Apply(image);

        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image("golden")?.Status?.Conditions, "Stalled")?.Reason == "ImageFileMissing", "the missing file told");
    }

    private static async Task DeleteCapturedAsync(Cluster cluster)
    {
        await CaptureAsync(cluster, ImageDeletionPolicy.Delete);
        cluster.Delete(Cluster.ImageKind, "golden");
        await cluster.UntilAsync(() => cluster.Room.ImageFiles(Samples.Namespace).Count == 0, "the file gone");
    }

    private static async Task CaptureAsync(Cluster cluster, ImageDeletionPolicy deletion)
    {
        // A capture that began in the second in which its operator did is not told from one of the operator before.
        await Task.Delay(TimeSpan.FromSeconds(2), cluster.Time, TestContext.Current.CancellationToken);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture(change: spec => spec.ImageDeletionPolicy = deletion));
        await cluster.UntilAsync(() => cluster.Capture()?.Status?.FinishedTime is not null, "finished");
        await cluster.UntilNodeAsync(node => Cluster.IsReady(node), "ready again");
    }
}
