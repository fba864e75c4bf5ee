using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Remote.Guests;

/// <summary>
/// Remembers, beside the Node, which SSH host keys a machine shows, so that a Node that is deleted and created again knows its machine. An engine that has no place
/// for it remembers nothing.
/// </summary>
public interface IHostKeyMemory
{
    /// <summary>Notes the keys that the machine shows or may show. Null when they are noted, otherwise what to wait for or what went wrong.</summary>
    Task<OperationOutcome?> RememberHostKeysAsync(OperationContext operation, string step, IReadOnlyList<string> hostKeys, CancellationToken cancellationToken);
}
