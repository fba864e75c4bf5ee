namespace Provisioning.Operator.Nodes;

/// <summary>Why an operation ended without success.</summary>
/// <param name="Reason">A word of <see cref="Api.Reasons"/>.</param>
/// <param name="Message">What happened and what to do.</param>
/// <param name="NeedsPerson">Whether only a person can help.</param>
/// <param name="MachineUntouched">Whether what was on the machine before is certainly still there.</param>
internal sealed record OperationFailure(string Reason, string Message, bool NeedsPerson, bool MachineUntouched)
{
    /// <summary>
    /// Whether what the operation was for is not wanted any more. Everything else is an attempt in vain, also where the machine says that the operation was given up before: then only the record of its failure was lost.
    /// </summary>
    public bool IsUnwanted { get; init; }

    /// <summary>Whether the operator gave it up, so that how far it had come is not known.</summary>
    public bool IsGivenUp { get; init; }
}
