using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Configuration;

/// <summary>node_status: reads the content itself, with every look.</summary>
internal sealed class ServiceObserver(ServiceHost host, TimeProvider clock)
{
    private const string NoPower = "A configuration has no power. Remove spec.powerState.";

    public async Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        var service = new Service(host.Spec, node);
        try
        {
            return From(await host.LookAsync(service, cancellationToken), service) with { Time = clock.GetUtcNow() };
        }
        catch (SshFailureException failure)
        {
            var reason = SshReasons.OfHost(failure.Kind);
            return Nothing(reason, failure.Message) with
            {
                CredentialsAccepted = reason is Reasons.CredentialsRefused or Reasons.SecretInvalid ? Fact.Not(reason, failure.Message) : Fact.Unknown(reason, failure.Message),
            };
        }
    }

    /// <summary>The image whose digest the content has, as far as one is known to the Node.</summary>
    public async Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        var seen = await ObserveAsync(node, cancellationToken);
        if (!seen.Exists.IsYes)
            return seen.Exists.IsNo ? CurrentImageReading.None(seen.Exists.Reason!) : CurrentImageReading.Unknown(seen.Exists.Reason!, seen.Exists.Detail);
        if (node.DesiredImage is { } desired && desired.Digest == seen.ContentsDigest)
            return CurrentImageReading.Image(desired.Name, desired.RevisionId, null);
        return node.LoadedImage is { } loaded && loaded.Digest == seen.ContentsDigest
            ? CurrentImageReading.Image(loaded.Name, ImageTarget.ToRevisionId(loaded.Name, loaded.Revision), null)
            : CurrentImageReading.Unknown(Reasons.ImageDiffers, $"The content has the digest {seen.ContentsDigest}, which no image has that this Node knows.");
    }

    /// <summary>A sentence for people if the content is another Node's.</summary>
    internal static string? Foreign(ServiceReading reading, Service service, string address) => reading.Claim is { } claim
        ? $"The content ({service.Place}) belongs to the Node {claim.Owner}. Let this Node name another one by machineName or its Provisioner, or, if that Node is gone for good, remove {claim.File} on {address}."
        : null;

    private Observation From(ServiceReading reading, Service service)
    {
        var answered = new Observation { Time = default, CredentialsAccepted = Fact.Yes, Power = PowerReading.Unknown(Reasons.NotSupported, NoPower) };
        if (Foreign(reading, service, host.Endpoint.Address) is { } foreign)
            return Nothing(Reasons.MachineNotOurs, foreign) with { CredentialsAccepted = Fact.Yes };
        if (reading.Working)
            return Nothing(Reasons.OperationRunning, "An operation is replacing the content at this moment.") with { CredentialsAccepted = Fact.Yes };
        if (reading.Problem is { } problem)
            return Nothing(Reasons.UnexpectedAnswer, $"{problem} Look at {service.Place} on {host.Endpoint.Address}.") with { CredentialsAccepted = Fact.Yes };
        return answered with
        {
            Exists = reading.Presence == Presence.None ? Fact.Not(Reasons.MachineMissing, $"None of the content is there: {service.Place}.") : Fact.Yes,
            EngineState = reading.Unfinished ? "unfinished" : reading.Presence switch { Presence.All => "in place", Presence.Some => "partly missing", _ => "missing" },
            EngineImage = reading.Digest,
            ContentsDigest = reading.Digest,
            CurrentImage = CurrentImageReading.Unknown(Reasons.NotProbed, "A content names no image; it is known by its digest."),
            Configured = reading.Unfinished ? Fact.Not(Reasons.NotConfigured, "Replacing the content began and came to no end.") : Fact.Yes,
            Tainted = Fact.No,
        };
    }

    private Observation Nothing(string reason, string detail) =>
        Observation.Nothing(clock.GetUtcNow(), reason, detail) with { Power = PowerReading.Unknown(Reasons.NotSupported, NoPower) };
}
