using System.Collections.Concurrent;
using Provisioning.Api.Captures;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>A Node that is given another machine or Provisioner in the middle of a capture: the capture is over, and no other machine is shut down for it.</summary>
public sealed class MovedCaptureTests
{
    [Theory]
    [InlineData(true, "The machine that the Node names was changed from n1 to rack-2 (spec.machineName).")]
    [InlineData(false, "spec.provisionerRef was changed from room to other.")]
    public async Task A_capture_under_way_is_not_begun_anew_though_its_image_capture_hears_of_its_end_late(bool movesMachine, string why)
    {
        var begun = new ConcurrentQueue<string>();
        var hooks = new EngineHooks
        {
            Before = (_, context) =>
            {
                if (context.Operation.Kind == OperationKind.Capture)
                    begun.Enqueue(context.Operation.Id);
            },
        };
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(capture: 600), hooks);
        cluster.Apply(Samples.Provisioner("other", capture: 600));
        cluster.Room.SetImage(Samples.Namespace, "rack-2", Samples.Digest("debian"), "debian", "debian@1");
        cluster.Room.Boot(Samples.Namespace, "rack-2");
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => cluster.Room.PartialImageFiles(Samples.Namespace).Count == 1, "a partial image file");
        await cluster.UntilAsync(() => cluster.Capture()!.Status?.StartedTime is not null, "the ImageCapture to know that it has begun");

        cluster.Server.Inject(new Fault.Refuse(409, "Conflict") { Verb = "patch", Resource = "imagecaptures/status", Times = 5 });
        cluster.Edit("n1", spec =>
        {
            if (movesMachine)
                spec.MachineName = "rack-2";
            else
                spec.ProvisionerRef.Name = "other";
        });
        await cluster.UntilAsync(() => cluster.Capture()!.Status?.FinishedTime is not null, "the ImageCapture finished");
        await cluster.UntilNodeAsync(node => node.Status is { Operation: null } && Cluster.IsReady(node), "ready where it is now");

        Assert.Single(begun.Distinct());
        Assert.Single(cluster.Node()!.Status!.History, record => record.Kind == OperationKind.Capture);
        var ready = Cluster.Condition(cluster.Capture()!.Status!.Conditions, "Ready")!;
        Assert.Equal((ConditionStatus.False, "Superseded", $"{why} Nothing was published. Create a new ImageCapture."), (ready.Status, ready.Reason, ready.Message));
        Assert.Empty(cluster.Room.PartialImageFiles(Samples.Namespace));
        Assert.Empty(cluster.Events("LeftBehind"));
    }
}
