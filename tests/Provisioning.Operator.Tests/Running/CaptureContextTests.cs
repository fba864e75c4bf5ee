using System.Collections.Concurrent;
using Provisioning.Api.Captures;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>A capture that waits for a Node is no part of what is done on the Node meanwhile.</summary>
public sealed class CaptureContextTests
{
    /// <summary>A power-off was refused for as long as a capture with uncleanShutdown: Fail waited, because it took over the capture's patience.</summary>
    [Fact]
    public async Task Only_the_operation_of_a_capture_is_told_of_it()
    {
        var told = new ConcurrentQueue<(OperationKind Kind, bool OfCapture)>();
        var hooks = new EngineHooks { Before = (_, context) => told.Enqueue((context.Operation.Kind, context.Capture is not null)) };
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Capture(change: spec => spec.Preparation = CapturePreparation.None));
        cluster.Apply(Samples.Node());
        await cluster.UntilAsync(() => cluster.Capture()?.Status?.FinishedTime is not null, "the capture finished");

        Assert.Contains((OperationKind.Load, false), told);
        Assert.All(told, call => Assert.Equal(call.Kind == OperationKind.Capture, call.OfCapture));
    }
}
