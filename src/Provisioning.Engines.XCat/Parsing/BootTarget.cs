namespace Provisioning.Engines.XCat.Parsing;

/// <summary>What a node is set to do at its next boot.</summary>
internal enum BootTarget
{
    /// <summary>A word that is not known.</summary>
    Unknown,

    /// <summary>Its own disk, or nothing.</summary>
    Disk,

    /// <summary>An installation onto its disk, after which it boots from there.</summary>
    Install,

    /// <summary>A system from the network, at each boot.</summary>
    Netboot,

    /// <summary>The capture of its disk.</summary>
    Capture,
}

/// <summary>Reads what "nodeset NODE stat" and the attribute currstate say. Pure.</summary>
internal static class BootTargets
{
    public static BootTarget Read(string state) => state.Split(' ', 2)[0] switch
    {
        "boot" or "" => BootTarget.Disk,
        "install" => BootTarget.Install,
        "netboot" or "statelite" or "diskless" => BootTarget.Netboot,
        "image" => BootTarget.Capture,
        _ => BootTarget.Unknown,
    };
}
