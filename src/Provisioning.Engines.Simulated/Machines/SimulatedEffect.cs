using Provisioning.Api.Nodes;

namespace Provisioning.Engines.Simulated.Machines;

/// <summary>One change that an operation made to a machine or to the image library, as the world saw it. No two are alike but for the time, or something was done twice.</summary>
/// <param name="Time">When it took effect, by the clock of the room.</param>
/// <param name="Namespace">Namespace of the machine.</param>
/// <param name="Machine">Name of the machine.</param>
/// <param name="OperationId">The operation.</param>
/// <param name="Verb">Its verb.</param>
/// <param name="Step">The step.</param>
public readonly record struct SimulatedEffect(DateTimeOffset Time, string Namespace, string Machine, string OperationId, OperationKind Verb, string Step);
