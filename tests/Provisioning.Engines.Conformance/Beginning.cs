namespace Provisioning.Engines.Conformance;

/// <summary>States in which a verb can find a machine.</summary>
public enum Beginning
{
    /// <summary>As <see cref="IEngineHarness.NewNodeAsync"/> makes it: for engines that make machines, there is none.</summary>
    Untouched,

    /// <summary>Loaded and on.</summary>
    On,

    /// <summary>Loaded and off.</summary>
    Off,

    /// <summary>Another image is loaded, and the machine is on.</summary>
    OtherImage,

    /// <summary>The operator was killed in the middle of a load, and nobody went on with it.</summary>
    HalfLoaded,
}
