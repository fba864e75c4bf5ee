using System.Collections.Concurrent;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Tests.Support;

/// <summary>The operating systems on the nodes of a stand-in xCAT: they answer when the node has booted, and what they say of themselves is gone with the next installation.</summary>
internal sealed class StubGuests(StubXCat xcat) : IOperatingSystemModule
{
    public const string ImageKey = "ssh-ed25519 IMAGE";

    private readonly ConcurrentDictionary<string, Disk> _disks = [];
    private readonly ConcurrentDictionary<string, string> _keysOfImages = [];
    private readonly List<(string Node, string What, string OperationId)> _inside = [];

    public WorldFault? Fault { get; set; }

    /// <summary>The one guest that does not answer.</summary>
    public string? Mute { get; set; }

    public OperatingSystemType Type => OperatingSystemType.Linux;

    public static string AddressOf(string node) => $"guest-{node}";

    /// <summary>The key that the system on a node shows.</summary>
    public string KeyOf(string node) => DiskOf(node).ShownKey;

    /// <summary>Leaves a system as post-load does.</summary>
    /// <returns>The key that it shows from now on.</returns>
    public string Configure(string node, ImageTarget image, string operationId)
    {
        var disk = DiskOf(node);
        (disk.ShownKey, disk.Configured, disk.CurrentImage) = (disk.OwnKey, true, CurrentImageReading.Image(image.Name, image.RevisionId, operationId));
        return disk.ShownKey;
    }

    public Task<ISshSession> ConnectAsync(SshEndpoint endpoint)
    {
        var node = endpoint.Address["guest-".Length..];
        if (Mute == node || xcat[node, "power"] != "on" || xcat[node, "status"] != "booted" || xcat[node, "content"].Length == 0)
            throw new SshFailureException(SshFailureKind.Unreachable, "The guest does not answer.");
        var disk = DiskOf(node);
        if (!endpoint.TrustAnyHostKey && !endpoint.HostKeys.Contains(disk.ShownKey))
            throw new SshFailureException(SshFailureKind.HostKeyMismatch, $"The guest shows {disk.ShownKey}.");
        return Task.FromResult<ISshSession>(new GuestSession(node, disk));
    }

    public Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken)
    {
        var (node, disk) = Of(session);
        return Task.FromResult(new OperatingSystemReading(disk.CurrentImage, disk.Configured ? Fact.Yes : Fact.Not(Api.Reasons.NotConfigured), Fact.No, $"boot-{node}-{xcat[node, "boots"]}", [disk.ShownKey]));
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

    public Task<StepsOutcome> ShutDownAsync(ISshSession session, string operationId, CancellationToken cancellationToken) => throw new NotSupportedException("xCAT switches its machines itself.");

    public Task<StepsOutcome> RebootAsync(ISshSession session, string operationId, CancellationToken cancellationToken) => throw new NotSupportedException("xCAT resets its machines itself.");

    /// <summary>Another installation is another disk.</summary>
    private Disk DiskOf(string node)
    {
        var installations = xcat.Effects(node).Count(effect => effect == "deployed");
        return _disks.GetOrAdd($"{node}/{installations}", name => new($"ssh-ed25519 OWN-{name}", _keysOfImages.FirstOrDefault(known => xcat[node, "content"].StartsWith(known.Key, StringComparison.Ordinal)).Value ?? ImageKey));
    }

    /// <summary>A step that runs again for the same operation finds its work done, as in a real system, so it is one effect.</summary>
    private void Note(ISshSession session, string what, string operationId)
    {
        var note = (Of(session).Node, what, operationId);
        lock (_inside)
        {
            if (_inside.Contains(note))
                return;
            _inside.Add(note);
            xcat.AddEffect(note.Node, what);
        }
    }

    private Task<StepsOutcome> AnswerAsync(StepsOutcome outcome) =>
        Fault == WorldFault.LostReply ? throw new SshFailureException(SshFailureKind.ConnectionLost, "The answer of the guest was lost.") : Task.FromResult(outcome);

    private static (string Node, Disk Disk) Of(ISshSession session) => session is GuestSession guest ? (guest.Node, guest.Disk) : throw new InvalidOperationException("No session of a guest.");

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
