using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.Targets;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Guests;

/// <summary>The part of node_status that is seen from inside the machine.</summary>
/// <param name="guests">Access to the machines.</param>
/// <param name="clock">Clock.</param>
public sealed class GuestObserver(GuestAccess guests, TimeProvider clock)
{
    /// <summary>Adds to an observation what the machine says of itself, or why it could not be asked. For a Node whose operating system has a module.</summary>
    public async Task<Observation> LookInsideAsync(Observation seen, NodeTarget node, CancellationToken cancellationToken)
    {
        try
        {
            var (session, reading) = await guests.LookAsync(node, GuestTrust.AtRest(node), GuestTrust.ScopeAtRest(node), cancellationToken);
            await session.DisposeAsync();
            var inside = reading!;
            return seen with
            {
                Time = clock.GetUtcNow(),
                Ping = Fact.Yes,
                Ssh = Fact.Yes,
                CurrentImage = inside.CurrentImage,
                Configured = inside.Configured,
                Tainted = inside.Tainted,
                BootId = inside.BootId,
            };
        }
        catch (SshFailureException failure)
        {
            var reason = SshReasons.OfGuest(failure.Kind);
            var unknown = Fact.Unknown(reason, failure.Message);
            return seen with
            {
                Time = clock.GetUtcNow(),
                // Something answered at the address, though not with what was asked.
                Ping = failure.Kind is SshFailureKind.HostKeyMismatch or SshFailureKind.CredentialsRefused ? Fact.Yes : unknown,
                Ssh = unknown,
                CurrentImage = CurrentImageReading.Unknown(reason, failure.Message),
                Configured = unknown,
                Tainted = unknown,
                CredentialsAccepted = failure.Kind is SshFailureKind.CredentialsRefused or SshFailureKind.CredentialsInvalid ? Fact.Not(reason, failure.Message) : Fact.Unknown(reason, failure.Message),
            };
        }
    }
}
