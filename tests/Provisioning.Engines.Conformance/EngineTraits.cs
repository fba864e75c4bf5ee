namespace Provisioning.Engines.Conformance;

/// <summary>In what an engine differs from one that makes computers and puts disks on them. The capabilities say the rest.</summary>
public sealed record EngineTraits
{
    /// <summary>Whether a machine comes to exist by its first load. Otherwise it is always there.</summary>
    public bool MakesMachines { get; init; } = true;

    /// <summary>Whether a load puts the image on the machine. Otherwise it only prepares and verifies what is there.</summary>
    public bool LoadReplaces { get; init; } = true;

    /// <summary>Whether an operating system in the machine is asked, which has a boot id.</summary>
    public bool HasOperatingSystem { get; init; } = true;

    /// <summary>Whether there is an endpoint apart from the machines, which can fail to answer while they do.</summary>
    public bool HasEndpoint { get; init; } = true;

    /// <summary>Whether the endpoint has a login of its own, apart from that of the machines.</summary>
    public bool HasEndpointLogin { get; init; } = true;

    /// <summary>Whether an unload takes the contents off the machine. Otherwise it is only let go, and says so.</summary>
    public bool UnloadErases { get; init; } = true;

    /// <summary>Whether a loaded machine goes on needing its image's file, which is then in use. Otherwise it has its own copy.</summary>
    public bool RestsOnImages { get; init; } = true;

    /// <summary>Whether an operation costs seconds here, as with real machines that boot: then a few steps are tried instead of all.</summary>
    public bool IsCostly { get; init; }
}
