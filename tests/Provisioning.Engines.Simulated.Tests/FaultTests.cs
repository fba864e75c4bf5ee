using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class FaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static SimulatedFault Always(SimulatedFaultKind kind) => new() { Kind = kind };

    [Fact]
    public async Task A_lost_reply_throws_after_the_effect()
    {
        var bench = new Bench(Bench.Instant(Always(SimulatedFaultKind.LostReply)));
        bench.Room.SetImage(Bench.Namespace, "m", Bench.ImageOf("base").Digest, "base", "base@1");
        var operation = bench.Operation(bench.Node("m"), OperationKind.PowerOn);

        await Assert.ThrowsAsync<SimulatedConnectionException>(() => bench.CallAsync(operation));

        Assert.Equal(PowerValue.On, bench.Machine().Power);
        Assert.Equal(OperationPhase.Succeeded, (await bench.CallAsync(operation)).Phase);
    }

    [Fact]
    public async Task A_stuck_load_makes_no_progress_for_ever_and_can_be_abandoned_for_another()
    {
        var bench = new Bench(Bench.Timed());
        bench.Room.Inject(Bench.Namespace, "m", SimulatedFaultKind.Stuck, step: "CreateDisk");
        var operation = bench.Operation(bench.Node("m"), OperationKind.Load);
        var (engine, outcome) = (bench.NewEngine(), await bench.CallAsync(operation));
        for (var i = 0; i < 10; i++)
        {
            bench.Clock.Advance(TimeSpan.FromHours(1));
            outcome = await bench.CallAsync(operation);
        }

        Assert.Equal((OperationPhase.Running, "CreateDisk", false), (outcome.Phase, outcome.Step, outcome.MadeProgress));
        Assert.InRange(outcome.PollAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        Assert.Empty(bench.EffectsOf(operation));

        await engine.AbandonAsync(operation, Cancel);
        Assert.Equal(Reasons.Superseded, (await bench.CallAsync(operation)).Reason);
        Assert.Equal(OperationPhase.Succeeded, (await bench.RunAsync(bench.Operation(operation.Node, OperationKind.Load))).Phase);
    }

    [Fact]
    public async Task A_half_done_load_leaves_a_disk_that_does_not_boot_and_the_next_load_repairs_it()
    {
        var bench = new Bench();
        bench.Room.Inject(Bench.Namespace, "m", SimulatedFaultKind.HalfDone);
        var operation = bench.Operation(bench.Node("m"), OperationKind.Load);

        var outcome = await bench.RunAsync(operation);

        Assert.Equal((Reasons.CommandFailed, false, FailureKind.Retry), (outcome.Reason, outcome.MachineUntouched, outcome.FailureKind));
        Assert.True(bench.Machine().Disk!.HalfDone);
        Assert.Null((await bench.NewEngine().ObserveAsync(operation.Node, Cancel)).EngineImage);
        Assert.Equal(OperationPhase.Failed, (await bench.CallAsync(operation)).Phase);
        Assert.Equal(OperationPhase.Succeeded, (await bench.RunAsync(bench.Operation(operation.Node, OperationKind.Load))).Phase);
    }

    [Fact]
    public async Task A_stale_look_shows_the_state_before_the_last_change()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.PowerOff(Bench.Namespace, "m");
        bench.Room.Inject(Bench.Namespace, "m", SimulatedFaultKind.StaleReading);
        var engine = bench.NewEngine();

        Assert.Equal(PowerValue.On, (await engine.ObserveAsync(node, Cancel)).Power.Value);
        Assert.Equal(PowerValue.Off, (await engine.ObserveAsync(node, Cancel)).Power.Value);
    }

    [Fact]
    public async Task An_unreachable_machine_is_unknown_in_every_fact_and_its_verbs_throw_without_effect()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.SetReachability(Bench.Namespace, "m", SimulatedReachability.Unreachable);
        var (engine, before) = (bench.NewEngine(), bench.Room.Effects.Count);

        var seen = await engine.ObserveAsync(node, Cancel);

        Assert.All([seen.Exists, seen.Ping, seen.Ssh, seen.Configured, seen.Tainted], fact => Assert.Equal((FactValue.Unknown, Reasons.HostUnreachable), (fact.Value, fact.Reason)));
        Assert.Equal((PowerValue.Unknown, FactValue.Unknown), (seen.Power.Value, seen.CurrentImage.Found));
        await Assert.ThrowsAsync<SimulatedConnectionException>(() => bench.CallAsync(bench.Operation(node, OperationKind.PowerOff)));
        Assert.Equal(before, bench.Room.Effects.Count);
    }

    [Fact]
    public async Task A_deaf_system_leaves_power_known_and_all_else_unknown()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.SetReachability(Bench.Namespace, "m", SimulatedReachability.SystemUnreachable);

        var seen = await bench.NewEngine().ObserveAsync(node, Cancel);

        Assert.Equal((PowerValue.On, true), (seen.Power.Value, seen.Exists.IsYes));
        Assert.All([seen.Ssh, seen.Configured, seen.Tainted], fact => Assert.Equal((FactValue.Unknown, Reasons.SshUnreachable), (fact.Value, fact.Reason)));
        Assert.Equal(FactValue.Unknown, seen.CurrentImage.Found);
    }

    [Fact]
    public async Task A_system_that_never_answers_ends_a_load_at_the_boot_timeout()
    {
        var bench = new Bench(Bench.Timed());
        bench.Room.SetReachability(Bench.Namespace, "m", SimulatedReachability.SystemUnreachable);
        var operation = bench.Operation(bench.Node("m"), OperationKind.Load);

        var outcome = await bench.RunAsync(operation);

        Assert.Equal(Reasons.BootTimedOut, outcome.Reason);
        var started = bench.Room.Effects.Single(effect => effect.Step == "Start").Time;
        Assert.Equal(TimeSpan.FromSeconds(bench.Timeouts.BootSeconds), bench.Clock.GetUtcNow() - started);
    }

    [Fact]
    public async Task A_refused_login_is_no_answer_and_a_person_must_help()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.RefuseLogin(Bench.Namespace, "m", refuse: true);

        var seen = await bench.NewEngine().ObserveAsync(node, Cancel);
        var outcome = await bench.RunAsync(bench.Operation(node, OperationKind.PostLoad));

        Assert.Equal((FactValue.No, Reasons.CredentialsRefused), (seen.CredentialsAccepted.Value, seen.CredentialsAccepted.Reason));
        Assert.Equal((FactValue.Unknown, FactValue.Unknown), (seen.Ssh.Value, seen.CurrentImage.Found));
        Assert.Equal((Reasons.CredentialsRefused, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
    }

    [Theory]
    [InlineData(SimulatedFaultKind.Unreachable, Reasons.HostUnreachable)]
    [InlineData(SimulatedFaultKind.CredentialRefused, Reasons.CredentialsRefused)]
    public async Task Without_an_operating_system_it_is_the_endpoint_that_fails(SimulatedFaultKind kind, string reason)
    {
        var bench = new Bench(Bench.Instant(Always(kind))) { System = OperatingSystemType.None };
        var seen = await bench.NewEngine().ObserveAsync(bench.Node("m"), Cancel);
        Assert.Equal((FactValue.Unknown, reason), (seen.Exists.Value, seen.Exists.Reason));
    }

    [Fact]
    public async Task A_deaf_machine_is_switched_off_hard_after_the_soft_timeout()
    {
        var bench = new Bench(Bench.Timed());
        var node = await bench.LoadedAsync();
        bench.Room.Inject(Bench.Namespace, "m", SimulatedFaultKind.Stuck, step: "StopSoft");
        var operation = bench.Operation(node, OperationKind.PowerOff);

        var outcome = await bench.RunAsync(operation);

        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        Assert.Contains("cut", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(["StopHard"], bench.EffectsOf(operation));
        Assert.Equal(operation.Operation.StartedTime.AddSeconds(bench.Timeouts.SoftPowerOffSeconds), bench.Clock.GetUtcNow());
    }

    [Theory]
    [InlineData(UncleanShutdownPolicy.Force, null)]
    [InlineData(UncleanShutdownPolicy.Fail, Reasons.ShutdownTimedOut)]
    public async Task A_capture_of_a_deaf_machine_does_as_its_policy_says(UncleanShutdownPolicy policy, string? reason)
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.Inject(Bench.Namespace, "m", SimulatedFaultKind.Stuck, step: "StopSoft");

        var outcome = await bench.RunAsync(bench.Operation(node, OperationKind.Capture, null, Bench.Capture(unclean: policy)));

        Assert.Equal(reason, outcome.Reason);
        Assert.Equal(reason is null ? true : null, outcome.CapturedImage?.UncleanShutdown);
        Assert.Equal(reason is null ? PowerValue.Off : PowerValue.On, bench.Machine().Power);
        Assert.Equal(reason is null ? 1 : 0, bench.Room.ImageFiles(Bench.Namespace).Count);
    }
}
