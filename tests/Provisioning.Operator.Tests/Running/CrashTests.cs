using Provisioning.Api.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>An operator that is killed at every call of an engine, before and after its effect: the next one goes on, and nothing happens twice.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_load_survives_the_death_of_the_operator_at_every_step(bool afterEffect)
    {
        for (var call = 1; await IsKilledAtAsync(call, afterEffect, load: 10, LoadAsync); call++)
            Assert.True(call < 40, "The load does not end.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_capture_survives_the_death_of_the_operator_at_every_step(bool afterEffect)
    {
        for (var call = 4; await IsKilledAtAsync(call, afterEffect, load: 0, CaptureAsync); call += 2)
            Assert.True(call < 60, "The capture does not end.");
    }

    [Fact]
    public async Task A_reset_happens_once_though_the_operator_dies_right_after_it()
    {
        for (var call = 2; call <= 4; call++)
            await IsKilledAtAsync(call, afterEffect: true, load: 0, ResetAsync);
    }

    /// <summary>Gives false when the run was over before that call.</summary>
    private static async Task<bool> IsKilledAtAsync(int call, bool afterEffect, int load, Func<Cluster, Task> run)
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner(load: load, capture: 10, power: 2));
        cluster.Apply(Samples.Image());
        var died = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mortal = new EngineHooks();
        void Die(int number, Provisioning.Engines.Operations.OperationContext context)
        {
            if (number < call)
                return;
            died.TrySetResult();
            throw new OperationCanceledException("The process is dead.");
        }

        if (afterEffect)
            mortal.After = Die;
        else
            mortal.Before = Die;
        var first = await cluster.StartOperatorAsync(mortal);
        var story = run(cluster);
        if (await Task.WhenAny(died.Task, story) == story)
        {
            await story;
            return false;
        }

        await first.KillAsync();
        await cluster.StartOperatorAsync();
        await story;

        var twice = cluster.Room.Effects.GroupBy(effect => (effect.OperationId, effect.Step)).Where(group => group.Count() > 1);
        Assert.Empty(twice);
        Assert.Empty(cluster.Room.PartialImageFiles(Samples.Namespace));
        return true;
    }

    private static async Task LoadAsync(Cluster cluster)
    {
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        Assert.Equal(["Load/CreateDisk", "Load/SwitchDisk", "Load/Start"], cluster.Effects());
        Assert.Single(cluster.Node()!.Status!.History);
    }

    private static async Task ResetAsync(Cluster cluster)
    {
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Edit("n1", spec => spec.PowerResetToken = "once");
        await cluster.UntilReadyAsync();
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "PowerReset/Reset"));
    }

    private static async Task CaptureAsync(Cluster cluster)
    {
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: Samples.Linux));
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => cluster.Capture()?.Status?.FinishedTime is not null, "the capture finished");
        await cluster.UntilReadyAsync();
        Assert.NotNull(cluster.Image("golden"));
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Capture/Publish"));
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
        Assert.DoesNotContain(cluster.Node()!.Status!.History, record => record.Phase == OperationPhase.Failed);
    }
}
