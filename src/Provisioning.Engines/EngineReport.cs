using Provisioning.Api.Machines;

namespace Provisioning.Engines;

/// <summary>What a look at a Provisioner's endpoint found.</summary>
/// <param name="Reachable">Whether the endpoint answers and can be used.</param>
/// <param name="CredentialsAccepted">Whether the login was accepted.</param>
/// <param name="Endpoint">Where it is, for people.</param>
/// <param name="Version">Version of what drives the machines.</param>
public sealed record EngineReport(Fact Reachable, Fact CredentialsAccepted, string? Endpoint, string? Version);
