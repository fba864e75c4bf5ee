namespace Provisioning.Engines.Libvirt.Tests.Conformance;

/// <summary>What docs/engines/libvirt.md promises.</summary>
internal static class LibvirtPromises
{
    public static EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset
        | EngineCapabilities.PowerState | EngineCapabilities.Unload | EngineCapabilities.Images | EngineCapabilities.RetrieveImage | EngineCapabilities.DeleteImage;
}
