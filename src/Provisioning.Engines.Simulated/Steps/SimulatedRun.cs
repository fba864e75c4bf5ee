using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;

namespace Provisioning.Engines.Simulated.Steps;

/// <summary>An operation as the machine knows it: the counterpart of the job directories on a real host. Guarded by the machine's lock.</summary>
internal sealed class SimulatedRun(Plan plan, OperationContext context, SimulatedSpec spec, DateTimeOffset now)
{
    private TimeSpan perShare;

    public string OperationId => Context.Operation.Id;

    public Plan Plan { get; } = plan;

    public OperationContext Context { get; set; } = context;

    public SimulatedSpec Spec { get; } = spec;

    public int Index { get; private set; }

    public Step Step => Plan.Steps[Index];

    /// <summary>Since when <see cref="Step"/> is the one to do.</summary>
    public DateTimeOffset StepSince { get; private set; } = now;

    public bool Started { get; private set; }

    public DateTimeOffset StartTime { get; private set; }

    /// <summary>When the started step takes effect; the end of time if it is stuck.</summary>
    public DateTimeOffset Due { get; private set; }

    /// <summary>Whether <see cref="Step"/> never comes to its end.</summary>
    public bool IsStuck { get; set; }

    public DateTimeOffset LastLook { get; set; } = now;

    /// <summary>Whether a step began or ended since the last call.</summary>
    public bool Moved { get; set; } = true;

    public string? BootIdBefore { get; private set; }

    public long BootsBefore { get; private set; }

    public bool PreparedForCapture { get; set; }

    /// <summary>How often the machine had been booted when the copy of its disk began.</summary>
    public long? BootsAtCopy { get; set; }

    public bool UncleanShutdown { get; set; }

    public string Digest { get; set; } = "";

    public OperationOutcome? End { get; set; }

    public bool IsTimed => perShare > TimeSpan.Zero;

    public string Node => $"{Context.Node.Namespace}/{Context.Node.Name}";

    public bool HasLinux => Context.Node.Spec.OperatingSystem.Type == OperatingSystemType.Linux;

    public static SimulatedRun Begin(Plan plan, OperationContext context, SimulatedSpec spec, MachineCell cell, DateTimeOffset now)
    {
        var run = new SimulatedRun(plan, context, spec, now) { BootIdBefore = cell.State.BootId, BootsBefore = cell.State.Boots };
        var shares = 0;
        foreach (var step in plan.Steps)
            shares += step.Applies?.Invoke(cell, run) == false ? 0 : step.Share;
        if (shares > 0)
            run.perShare = TimeSpan.FromSeconds(plan.Seconds(spec)) / shares;
        run.LeaveOut(cell);
        return run;
    }

    public TimeSpan Duration(Step step) => perShare * step.Share;

    /// <summary>How long the system takes from power-on until it answers: the share of the plan's wait for it.</summary>
    public TimeSpan BootDuration => Array.Find(Plan.Steps, static step => step.Name == SystemSteps.WaitForBoot.Name) is { } wait ? Duration(wait) : TimeSpan.Zero;

    public int Percent(DateTimeOffset now)
    {
        var (done, total) = (0.0, 0);
        for (var i = 0; i < Plan.Steps.Length; i++)
        {
            total += Plan.Steps[i].Share;
            done += i < Index ? Plan.Steps[i].Share : i == Index ? Plan.Steps[i].Share * Fraction(now) : 0;
        }

        return total == 0 ? 0 : (int)(done * 100 / total);
    }

    public void Start(DateTimeOffset now, DateTimeOffset due)
    {
        Started = true;
        StartTime = now;
        Due = due;
        Moved = true;
    }

    public void Advance(MachineCell cell, DateTimeOffset time)
    {
        Index++;
        Started = false;
        IsStuck = false;
        StepSince = time;
        Moved = true;
        LeaveOut(cell);
    }

    private double Fraction(DateTimeOffset now)
    {
        var duration = Duration(Step);
        if (duration <= TimeSpan.Zero || IsStuck || !(Started || Step.InSystem))
            return 0;
        return Math.Clamp((now - (Started ? StartTime : StepSince)) / duration, 0, 1);
    }

    private void LeaveOut(MachineCell cell)
    {
        while (Index < Plan.Steps.Length && Step.Applies?.Invoke(cell, this) == false)
            Index++;
        if (Index == Plan.Steps.Length)
            End = Plan.Succeed(this);
    }
}
