using Provisioning.Engines.Conformance.Remote;

namespace Provisioning.Engines.XCat.Tests.Support;

/// <summary>The operating systems on the nodes of a stand-in xCAT: they answer when the node has booted, and each installation makes the disk another one.</summary>
internal sealed class StubGuests(StubXCat xcat) : StandInSystems
{
    protected override string? DiskOf(string node) => xcat[node, "content"].Length == 0 ? null : $"{node}/{xcat.Effects(node).Count(effect => effect == "deployed")}";

    protected override bool IsUp(string node) => xcat[node, "power"] == "on" && xcat[node, "status"] == "booted";

    protected override string BootsOf(string node) => xcat[node, "boots"];

    protected override Task<bool> HoldsAsync(string node, string imageName) => Task.FromResult(xcat[node, "content"].StartsWith(imageName, StringComparison.Ordinal));

    protected override void AddEffect(string node, string what) => xcat.AddEffect(node, what);
}
