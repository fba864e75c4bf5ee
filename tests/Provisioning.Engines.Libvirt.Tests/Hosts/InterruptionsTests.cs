using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Hosts;

public sealed class InterruptionsTests
{
    [Theory]
    [InlineData(SshFailureKind.ConnectionLost, false)]
    [InlineData(SshFailureKind.TimedOut, true)]
    public async Task An_order_that_was_sent_and_got_no_answer_may_still_be_carried_out(SshFailureKind kind, bool isSaid)
    {
        var outcome = await OrderAsync(new(kind, "It broke.") { MayHaveSent = isSaid });
        Assert.Equal((OperationPhase.Failed, Reasons.HostUnreachable, Reasons.HostUnreachable, "It broke."), (outcome.Phase, outcome.Reason, outcome.NoAnswer, outcome.Message));
    }

    [Theory]
    [InlineData(SshFailureKind.Unreachable, Reasons.HostUnreachable)]
    [InlineData(SshFailureKind.TimedOut, Reasons.HostUnreachable)]
    [InlineData(SshFailureKind.CredentialsRefused, Reasons.CredentialsRefused)]
    public async Task An_order_that_was_never_sent_is_not_waited_for(SshFailureKind kind, string reason)
    {
        var outcome = await OrderAsync(new(kind, "No way there."));
        Assert.Equal((OperationPhase.Failed, reason, null), (outcome.Phase, outcome.Reason, outcome.NoAnswer));
    }

    [Fact]
    public async Task An_order_that_was_refused_is_answered() =>
        Assert.Null((await Interruptions.OrderAsync(() => Task.FromResult(OperationOutcome.Failed(Reasons.ImageInUse, "A machine uses it.")))).NoAnswer);

    private static Task<OperationOutcome> OrderAsync(SshFailureException failure) => Interruptions.OrderAsync(() => Task.FromException<OperationOutcome>(failure));
}
