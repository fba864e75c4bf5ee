namespace Provisioning.OperatingSystems.Steps;

/// <summary>A machine over its session: takes scripts, and reads what they answer.</summary>
internal interface IMachine
{
    /// <summary>The SSH host key that it showed.</summary>
    string HostKey { get; }

    /// <summary>Looks, without side effects.</summary>
    Task<MachineAnswer> ObserveAsync(CancellationToken cancellationToken);

    /// <summary>Runs a step; one that takes too long has failed.</summary>
    /// <param name="step">The step.</param>
    /// <param name="more">Further arguments, after those that every step gets.</param>
    /// <param name="input">What the script reads.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<StepAnswer> RunAsync(MachineStep step, IReadOnlyList<string> more, ReadOnlyMemory<byte> input, CancellationToken cancellationToken);
}
