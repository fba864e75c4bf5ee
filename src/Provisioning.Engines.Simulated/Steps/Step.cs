using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;

namespace Provisioning.Engines.Simulated.Steps;

/// <summary>One step of a verb, as data. Its work runs on after it was started, whether anybody looks or not, and takes effect at its end.</summary>
/// <param name="Name">Name.</param>
/// <param name="Message">What happens, for people.</param>
/// <param name="Share">Its part of the duration of the verb, relative to the other steps that are done.</param>
internal sealed record Step(string Name, string Message, int Share)
{
    /// <summary>Whether it has anything to do; steps without are left out. Null: always.</summary>
    public Func<MachineCell, SimulatedRun, bool>? Applies { get; init; }

    /// <summary>What makes it impossible, asked before its start and before its effect.</summary>
    public Func<MachineCell, SimulatedRun, OperationOutcome?>? Check { get; init; }

    /// <summary>What its start leaves behind at once.</summary>
    public Action<MachineCell, SimulatedRun>? Start { get; init; }

    /// <summary>What it does; null for a wait or a check.</summary>
    public Func<MachineCell, SimulatedRun, DateTimeOffset, StepEnd>? Effect { get; init; }

    /// <summary>Whether the running system must answer for it.</summary>
    public bool InSystem { get; init; }

    /// <summary>Whether the system of the machine is asked, which may be deaf: after the soft power-off timeout the next step follows, without effect.</summary>
    public bool AsksSystem { get; init; }

    /// <summary>Whether it must be recorded before it begins.</summary>
    public bool RecordFirst { get; init; }
}

/// <summary>What the effect of a step came to.</summary>
/// <param name="Changed">Whether anything changed.</param>
/// <param name="Failure">The end of the operation, if it failed.</param>
internal readonly record struct StepEnd(bool Changed, OperationOutcome? Failure = null)
{
    public static StepEnd Done => new(true);

    public static StepEnd Nothing => new(false);
}

/// <summary>The steps of a verb.</summary>
/// <param name="Kind">The verb.</param>
/// <param name="Seconds">Its duration.</param>
/// <param name="Succeed">Its successful end.</param>
/// <param name="Steps">Its steps, in order.</param>
internal sealed record Plan(OperationKind Kind, Func<SimulatedSpec, int> Seconds, Func<SimulatedRun, OperationOutcome> Succeed, Step[] Steps);
