using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Conformance;

/// <summary>The operating systems on the machines of a scripted host: what they say of themselves lies on their disk, and their boot id counts boots.</summary>
internal sealed partial class ScriptedGuests(FakeHost host) : IOperatingSystemModule
{
    private readonly ConcurrentDictionary<string, Disk> _disks = [];
    private readonly ConcurrentDictionary<string, string> _ids = [];
    private readonly ConcurrentDictionary<string, string> _keysOfImages = [];
    private readonly HashSet<(string Node, string What, string OperationId)> _inside = [];

    public WorldFault? Fault { get; set; }

    /// <summary>The one guest that does not answer.</summary>
    public string? Mute { get; set; }

    public OperatingSystemType Type => OperatingSystemType.Linux;

    public static string AddressOf(string node) => $"guest-{node}";

    /// <summary>The definition of a Node's machine, or null.</summary>
    public string? DefinitionOf(string node) => Directory.GetFiles(Path.Combine(host.Root, "domains"), "*.xml")
        .Where(File.Exists).FirstOrDefault(file => File.ReadAllText(file).Contains($"<name>test-lab-{node}</name>", StringComparison.Ordinal));

    public string? DiskOf(string node) => DefinitionOf(node) is { } definition && DiskPath().Match(File.ReadAllText(definition)) is { Success: true } match ? match.Groups["path"].Value : null;

    public bool IsOn(string node) => DefinitionOf(node) is { } definition && File.ReadAllText(Path.ChangeExtension(definition, ".state")).StartsWith("running", StringComparison.Ordinal);

    public IReadOnlyList<string> EffectsOf(string node)
    {
        var id = IdOf(node);
        return [.. host.Effects.Select(effect => effect.Split(' ')).Where(word => word[1] == id).Select(word => word[0])];
    }

    /// <summary>The key that the system on a node shows.</summary>
    public string KeyOf(string node) => _disks[DiskOf(node)!].ShownKey;

    /// <summary>Leaves a system as post-load does.</summary>
    /// <returns>The key that it shows from now on.</returns>
    public string Configure(string node, ImageTarget image, string operationId)
    {
        var disk = _disks[DiskOf(node)!] = new($"ssh-ed25519 OWN{_disks.Count}", "");
        (disk.ShownKey, disk.Configured, disk.CurrentImage) = (disk.OwnKey, true, CurrentImageReading.Image(image.Name, image.RevisionId, operationId));
        return disk.ShownKey;
    }

    public async Task<ISshSession> ConnectAsync(SshEndpoint endpoint)
    {
        var node = endpoint.Address["guest-".Length..];
        if (Mute == node || !IsOn(node) || DiskOf(node) is not { } path)
            throw new SshFailureException(SshFailureKind.Unreachable, "The guest does not answer.");
        if (!_disks.TryGetValue(path, out var disk))
            disk = _disks.GetOrAdd(path, new Disk($"ssh-ed25519 OWN{_disks.Count}", await FirstKeyAsync(path)));
        if (!endpoint.TrustAnyHostKey && !endpoint.HostKeys.Contains(disk.ShownKey))
            throw new SshFailureException(SshFailureKind.HostKeyMismatch, $"The guest shows {disk.ShownKey}.");
        return new GuestSession(node, disk);
    }

    public Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken)
    {
        var (node, disk) = Of(session);
        var boots = EffectsOf(node).Count(effect => effect is "start" or "reset");
        return Task.FromResult(new OperatingSystemReading(disk.CurrentImage, disk.Configured ? Fact.Yes : Fact.Not(Api.Reasons.NotConfigured), Fact.No, $"boot-{node}-{boots}", [disk.ShownKey]));
    }

    public Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken)
    {
        var disk = Of(session).Disk;
        Note(session, "prepare", identity.OperationId);
        (disk.Configured, disk.CurrentImage) = (false, CurrentImageReading.Image(identity.ImageName, identity.RevisionId));
        _keysOfImages[identity.ImageName] = disk.ShownKey;
        return AnswerAsync(new([], null, null, [disk.ShownKey], Complete: true));
    }

    public Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken)
    {
        var disk = Of(session).Disk;
        // As the real module: keys are made once for a load, and put in place only when they are recorded.
        if (!identity.RecordedHostKeys.Contains(disk.OwnKey))
            return AnswerAsync(new([], null, "record the keys", [disk.ShownKey, disk.OwnKey], Complete: false));
        Note(session, "configure", identity.OperationId);
        (disk.ShownKey, disk.Configured, disk.CurrentImage) = (disk.OwnKey, true, CurrentImageReading.Image(identity.ImageName, identity.RevisionId, identity.LoadOperationId));
        return AnswerAsync(new([new() { Name = "HostKeys", Result = StepResult.Changed }], null, null, [disk.OwnKey], Complete: true));
    }

    public Task<StepsOutcome> ShutDownAsync(ISshSession session, string operationId, CancellationToken cancellationToken) => throw new NotSupportedException("A VM host switches its machines itself.");

    public Task<StepsOutcome> RebootAsync(ISshSession session, string operationId, CancellationToken cancellationToken) => throw new NotSupportedException("A VM host resets its machines itself.");

    private string? IdOf(string node)
    {
        // A machine that was emptied has no definition any more; its id stays the same.
        if (DefinitionOf(node) is { } definition)
            _ids[node] = Path.GetFileNameWithoutExtension(definition);
        return _ids.GetValueOrDefault(node);
    }

    /// <summary>A fresh overlay shows the key that lies in its image.</summary>
    private async Task<string> FirstKeyAsync(string path)
    {
        var info = await host.ShellAsync($"/usr/bin/qemu-img info -U '{path}'");
        return _keysOfImages.FirstOrDefault(known => info.Output.Contains($"/images/{known.Key}", StringComparison.Ordinal)).Value ?? FakeGuest.ImageKey;
    }

    /// <summary>A step that runs again for the same operation finds its work done, as in a real system, so it is one effect.</summary>
    private void Note(ISshSession session, string what, string operationId)
    {
        var note = (Of(session).Node, what, operationId);
        lock (_inside)
        {
            if (_inside.Add(note))
                File.AppendAllText(Path.Combine(host.Root, "effects"), $"{what} {IdOf(note.Node)}\n");
        }
    }

    private Task<StepsOutcome> AnswerAsync(StepsOutcome outcome) =>
        Fault == WorldFault.LostReply ? throw new SshFailureException(SshFailureKind.ConnectionLost, "The answer of the guest was lost.") : Task.FromResult(outcome);

    private static (string Node, Disk Disk) Of(ISshSession session) => session is GuestSession guest ? (guest.Node, guest.Disk) : throw new InvalidOperationException("No session of a guest.");

    [GeneratedRegex("<source file=['\"](?<path>[^'\"]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DiskPath();

    private sealed class Disk(string ownKey, string firstKey)
    {
        public string OwnKey => ownKey;

        public string ShownKey { get; set; } = firstKey;

        public bool Configured { get; set; }

        public CurrentImageReading CurrentImage { get; set; } = CurrentImageReading.None(Api.Reasons.CurrentImageMissing);
    }

    private sealed class GuestSession(string node, Disk disk) : ISshSession
    {
        public string HostKey => disk.ShownKey;

        public string Node => node;

        public Disk Disk => disk;

        public Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
