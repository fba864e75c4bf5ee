using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Provisioning.Engines.Conformance.Remote;
using Provisioning.Engines.Libvirt.Tests.Support;

namespace Provisioning.Engines.Libvirt.Tests.Conformance;

/// <summary>The operating systems on the machines of a scripted host: their disks are overlays, and every start or reset is a boot.</summary>
internal sealed partial class ScriptedGuests(FakeHost host) : StandInSystems
{
    private readonly ConcurrentDictionary<string, string> _ids = [];

    public string? OverlayOf(string node) => DefinitionOf(node) is { } definition && DiskPath().Match(File.ReadAllText(definition)) is { Success: true } match ? match.Groups["path"].Value : null;

    public bool IsOn(string node) => DefinitionOf(node) is { } definition && File.ReadAllText(Path.ChangeExtension(definition, ".state")).StartsWith("running", StringComparison.Ordinal);

    public IReadOnlyList<string> EffectsOf(string node)
    {
        var id = IdOf(node);
        return [.. host.Effects.Select(effect => effect.Split(' ')).Where(word => word[1] == id).Select(word => word[0])];
    }

    protected override string? DiskOf(string node) => OverlayOf(node);

    protected override bool IsUp(string node) => IsOn(node);

    protected override string BootsOf(string node) => $"{EffectsOf(node).Count(effect => effect is "start" or "reset")}";

    protected override async Task<bool> HoldsAsync(string node, string imageName)
    {
        var info = await host.ShellAsync($"/usr/bin/qemu-img info -U '{OverlayOf(node)}'");
        return info.Output.Contains($"/images/{imageName}", StringComparison.Ordinal);
    }

    protected override void AddEffect(string node, string what) => File.AppendAllText(Path.Combine(host.Root, "effects"), $"{what} {IdOf(node)}\n");

    private string? IdOf(string node)
    {
        // A machine that was emptied has no definition any more; its id stays the same.
        if (DefinitionOf(node) is { } definition)
            _ids[node] = Path.GetFileNameWithoutExtension(definition);
        return _ids.GetValueOrDefault(node);
    }

    private string? DefinitionOf(string node) => Directory.GetFiles(Path.Combine(host.Root, "domains"), "*.xml")
        .Where(File.Exists).FirstOrDefault(file => File.ReadAllText(file).Contains($"<name>test-lab-{node}</name>", StringComparison.Ordinal));

    [GeneratedRegex("<source file=['\"](?<path>[^'\"]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DiskPath();
}
