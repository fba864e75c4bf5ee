using Microsoft.Extensions.Time.Testing;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Nodes;

public sealed class RestingNodesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_node_rests_for_its_time_and_no_longer()
    {
        var resting = new RestingNodes(_time);
        resting.Rest(Work(), TimeSpan.FromMinutes(5));
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(TimeSpan.FromMinutes(1), resting.Remaining(Work()));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, resting.Remaining(Work()));
    }

    public static TheoryData<string> Changes => ["version", "uid", "circumstances", "obstacle", "imageObstacle", "capture", "captureFinished"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Any_change_ends_the_rest(string change)
    {
        var resting = new RestingNodes(_time);
        resting.Rest(change == "captureFinished" ? Work("capture") : Work(), TimeSpan.FromMinutes(5));
        Assert.Equal(TimeSpan.Zero, resting.Remaining(Work(change)));
    }

    [Fact]
    public void A_forgotten_node_does_not_rest()
    {
        var resting = new RestingNodes(_time);
        resting.Rest(Work(), TimeSpan.FromMinutes(5));
        resting.Forget(Work().Key);
        Assert.Equal(TimeSpan.Zero, resting.Remaining(Work()));
    }

    private NodeWork Work(string change = "")
    {
        var node = Samples.Node();
        (node.Metadata.Uid, node.Metadata.ResourceVersion) = (change == "uid" ? "u2" : "u1", change == "version" ? "8" : "7");
        var obstacle = new Obstacle("Reason", "Message.", NeedsPerson: true);
        return new()
        {
            Stored = node,
            ProvisionerName = node.Spec.ProvisionerRef.Name,
            Target = node.ToTarget(null, null),
            Situation = new()
            {
                Node = node,
                Now = _time.GetUtcNow(),
                Circumstances = change == "circumstances" ? "b" : "a",
                Obstacle = change == "obstacle" ? obstacle : null,
                ImageObstacle = change == "imageObstacle" ? obstacle : null,
                Capture = change.StartsWith("capture", StringComparison.Ordinal) ? new CaptureRequest("take", "uid", "golden", "1", true, IsFinished: change == "captureFinished") : null,
            },
        };
    }
}
