using FsCheck.Xunit;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Convergence;

public enum Disturbance
{
    None,
    DestroyMachine,
    SwitchOff,
    SwitchOn,
    ReplaceDisk,
    TaintMachine,
    LosePostLoad,
    BlockSsh,
    LoseHost,
    Heal,
    FailOneOperation,
    FailManyOperations,
    WantOtherImage,
    WantNoImage,
    WantOff,
    WantOn,
    WantPowerUnmanaged,
    RequestCapture,
    RequestReset,
    RequestReload,
    Pause,
    Observe,
    Manage,
}

/// <summary>How it begins, and what happens while the operator works.</summary>
public sealed record Scenario(bool HasSystem, bool MachineExists, bool HasRightImage, bool IsOn, byte Steps, (Disturbance What, byte After)[] Disturbances);

/// <summary>Whatever happens, once it stops happening the machine is as declared, or a person is told the true reason why not.</summary>
public sealed class ConvergenceTests
{
    private const int MostSteps = 400;

    private const int MostApprovals = 12;

    [Property(MaxTest = 1500)]
    public void A_Node_comes_to_rest_as_declared_or_stalls_for_a_true_reason(Scenario scenario)
    {
        var (machine, model) = Start(scenario);
        Disturb(scenario, machine, model);
        Calm(machine, model);

        var end = Drive(model, decision => decision is NodeDecision.Rest or NodeDecision.Stall);
        if (end is NodeDecision.Stall stall)
            Assert.True(IsTrue(stall.Reason, machine, model), $"Stalled for {stall}, which is not so.\n{string.Join('\n', model.Log)}");
        else
            AssertAsDeclared(machine, model);
    }

    [Property(MaxTest = 300)]
    public void Once_at_rest_it_stays_at_rest_and_its_status_stays_the_same(Scenario scenario)
    {
        var (machine, model) = Start(scenario);
        Disturb(scenario, machine, model);
        Calm(machine, model);
        Drive(model, decision => decision is NodeDecision.Rest or NodeDecision.Stall);

        // The first rest may still write what it saw (a verified image, a stall that has ended); from then on nothing moves.
        model.Step();
        var (status, conditions) = (model.Status!, model.Status!.Conditions);
        for (var i = 0; i < 20; i++)
        {
            Assert.True(model.Step() is NodeDecision.Rest or NodeDecision.Stall, string.Join('\n', model.Log));
            Assert.Equal(conditions, model.Status!.Conditions);
            Assert.Equal(status, model.Status with { Conditions = conditions });
        }
    }

    [Property(MaxTest = 500)]
    public void Under_Approve_nothing_is_destroyed_unasked_and_each_approval_holds_once(Scenario scenario)
    {
        var (machine, model) = Start(scenario);
        model.Spec.ChangePolicy = ChangePolicy.Approve;
        Disturb(scenario, machine, model);
        Calm(machine, model);
        var end = Drive(model, decision => decision is NodeDecision.Rest or NodeDecision.Stall);
        for (var i = 0; i < MostApprovals && end is NodeDecision.Stall { Plan: { } plan }; i++)
        {
            Assert.Equal(plan, model.Status!.PendingPlan);
            model.Approve(plan);
            end = Drive(model, decision => decision is NodeDecision.Rest or NodeDecision.Stall);
            Assert.Equal((end as NodeDecision.Stall)?.Plan, model.Status!.PendingPlan);
        }

        if (end is NodeDecision.Stall stall)
            Assert.True(IsTrue(stall.Reason, machine, model), $"Stalled for {stall}, which is not so.\n{string.Join('\n', model.Log)}");
        else
            AssertAsDeclared(machine, model);
    }

    [Property(MaxTest = 500)]
    public void A_deleted_Node_ends_as_its_policy_says_or_tells_what_it_left(Scenario scenario, DeletionPolicy policy, bool hostIsLost)
    {
        var (machine, model) = Start(scenario);
        Disturb(scenario, machine, model);
        model.Spec.DeletionPolicy = policy;
        model.DeletedAt = model.Now;
        machine.HostDown = hostIsLost;

        var release = Assert.IsType<NodeDecision.Release>(Drive(model, decision => decision is NodeDecision.Release));
        Assert.True(model.Now - model.DeletedAt <= DeletionOutlook.Grace + Backoff.Longest, string.Join('\n', model.Log));
        if (release.LeftBehind is not null || policy == DeletionPolicy.Retain)
            return;
        Assert.True(!machine.Exists || (policy == DeletionPolicy.PowerOff && !machine.On), string.Join('\n', model.Log));
    }

    [Fact]
    public void A_machine_that_is_destroyed_is_loaded_again_once()
    {
        var (machine, model) = Start(new(HasSystem: true, MachineExists: false, HasRightImage: false, IsOn: false, Steps: 2, []));
        Drive(model, decision => decision is NodeDecision.Rest);
        (machine.Exists, machine.On) = (false, false);
        model.Log.Clear();
        Drive(model, decision => decision is NodeDecision.Rest);
        AssertAsDeclared(machine, model);
        Assert.Single(model.Log, line => line.Contains("Begin { Kind = Load", StringComparison.Ordinal));
    }

    [Fact]
    public void A_silent_machine_is_never_loaded_however_long_it_is_silent()
    {
        var (machine, model) = Start(new(HasSystem: true, MachineExists: true, HasRightImage: true, IsOn: true, Steps: 2, []));
        Drive(model, decision => decision is NodeDecision.Rest);
        machine.SshBlocked = true;
        for (var i = 0; i < 500; i++)
            Assert.IsType<NodeDecision.LookAgain>(model.Step());
        machine.SshBlocked = false;
        Assert.IsType<NodeDecision.Rest>(model.Step());
    }

    private static (ModelMachine Machine, ModelOperator Model) Start(Scenario scenario)
    {
        var disk = scenario.HasRightImage ? Situations.Image.RevisionId : ModelMachine.Foreign;
        var machine = new ModelMachine(scenario.HasSystem)
        {
            Exists = scenario.MachineExists,
            On = scenario.MachineExists && scenario.IsOn,
            Disk = disk,
            Reported = disk,
            Configured = true,
        };
        var spec = Situations.Spec(spec => spec.OperatingSystem.Type = scenario.HasSystem ? OperatingSystemType.Linux : OperatingSystemType.None);
        return (machine, new ModelOperator(machine, spec, 1 + (scenario.Steps % 4)));
    }

    private static void Disturb(Scenario scenario, ModelMachine machine, ModelOperator model)
    {
        foreach (var (what, after) in scenario.Disturbances.Take(12))
        {
            for (var i = 0; i < after % 8; i++)
                model.Step();
            Apply(what, machine, model);
        }
    }

    private static void Apply(Disturbance what, ModelMachine machine, ModelOperator model)
    {
        switch (what)
        {
            case Disturbance.DestroyMachine:
                (machine.Exists, machine.On) = (false, false);
                break;
            case Disturbance.SwitchOff:
                machine.On = false;
                break;
            case Disturbance.SwitchOn:
                machine.On = machine.Exists;
                break;
            case Disturbance.ReplaceDisk when model.Status?.Operation is null:
                (machine.Disk, machine.Reported, machine.LoadOperationId) = (ModelMachine.Foreign, ModelMachine.Foreign, null);
                break;
            case Disturbance.TaintMachine:
                machine.Tainted = true;
                break;
            case Disturbance.LosePostLoad:
                machine.Configured = false;
                break;
            case Disturbance.BlockSsh:
                machine.SshBlocked = true;
                break;
            case Disturbance.LoseHost:
                machine.HostDown = true;
                break;
            case Disturbance.Heal:
                (machine.SshBlocked, machine.HostDown) = (false, false);
                break;
            case Disturbance.FailOneOperation:
                machine.FailuresToCome = 1;
                break;
            case Disturbance.FailManyOperations:
                machine.FailuresToCome = 7;
                break;
            case Disturbance.RequestCapture:
                model.Capture = model.Capture is { IsFinished: false } ? model.Capture : Situations.Capture;
                break;
            default:
                Edit(what, model);
                break;
        }
    }

    private static void Edit(Disturbance what, ModelOperator model)
    {
        model.Generation++;
        var spec = model.Spec;
        switch (what)
        {
            case Disturbance.WantOtherImage:
                model.Image = model.Image with { Revision = $"g{model.Generation}", Digest = $"sha256:{model.Generation:x64}" };
                break;
            case Disturbance.WantNoImage:
                spec.ImageRef = null;
                break;
            case Disturbance.WantOff:
                spec.PowerState = PowerState.PoweredOff;
                break;
            case Disturbance.WantOn:
                spec.PowerState = PowerState.PoweredOn;
                break;
            case Disturbance.WantPowerUnmanaged:
                spec.PowerState = null;
                break;
            case Disturbance.RequestReset:
                spec.PowerResetToken = $"t{model.Generation}";
                break;
            case Disturbance.RequestReload:
                spec.ReloadToken = $"r{model.Generation}";
                break;
            case Disturbance.Pause:
                spec.ManagementPolicy = ManagementPolicy.Paused;
                break;
            case Disturbance.Observe:
                spec.ManagementPolicy = ManagementPolicy.Observe;
                break;
            case Disturbance.Manage:
                spec.ManagementPolicy = ManagementPolicy.Manage;
                break;
        }
    }

    /// <summary>Nothing disturbs any more: the network is there, nothing fails, and the operator may act.</summary>
    private static void Calm(ModelMachine machine, ModelOperator model)
    {
        (machine.SshBlocked, machine.HostDown, machine.FailuresToCome) = (false, false, 0);
        model.Spec.ManagementPolicy = ManagementPolicy.Manage;
    }

    private static NodeDecision Drive(ModelOperator model, Func<NodeDecision, bool> isEnd)
    {
        for (var i = 0; i < MostSteps; i++)
        {
            if (model.Step() is var decision && isEnd(decision))
                return decision;
        }

        throw new InvalidOperationException($"Not at rest after {MostSteps} steps:\n{string.Join('\n', model.Log.TakeLast(30))}");
    }

    private static void AssertAsDeclared(ModelMachine machine, ModelOperator model)
    {
        var log = string.Join('\n', model.Log);
        if (model.Spec.PowerState == PowerState.PoweredOff)
            Assert.False(machine.On, log);
        if (model.Spec.PowerState == PowerState.PoweredOn)
            Assert.True(machine.On, log);
        if (machine.On && model.Spec.ImageRef is not null && model.Spec.PowerState != PowerState.PoweredOff)
            Assert.True(machine.Disk == model.Image.RevisionId && machine is { Configured: true, Tainted: false } or { HasSystem: false }, log);
    }

    private static bool IsTrue(string reason, ModelMachine machine, ModelOperator model) => reason switch
    {
        Reasons.IdentityMismatch => machine.Disk != model.Image.RevisionId || machine.Reported != machine.Disk || machine.LoadOperationId != model.Status!.LoadedImage!.OperationId,
        Reasons.MachineMissing => !machine.Exists,
        Reasons.LoadIncomplete => model.Status!.LoadedImage is { State: LoadState.Loading },
        Reasons.AttemptsExhausted => model.Status!.Retry is { Attempt: >= 5 } || model.Status.History.Count(record => record.Kind == OperationKind.Load) >= 5,
        Reasons.NotProbed or Reasons.CurrentImageUnreadable => model.Status!.LoadedImage is null,
        _ => false,
    };
}
