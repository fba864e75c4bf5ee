using System.Collections.Concurrent;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Conformance.Remote;

/// <summary>The operating systems on machines that are stand-ins themselves: what they say lies on the disk that the machine has, so it goes with the next load.</summary>
public abstract class StandInSystems : IOperatingSystemModule
{
    /// <summary>The key that lies in every image that was not captured here.</summary>
    public const string ImageKey = "ssh-ed25519 IMAGE";

    private const string Prefix = "guest-";

    private readonly ConcurrentDictionary<string, StandInSystem> _systems = [];
    private readonly ConcurrentDictionary<string, string> _keysOfImages = [];
    private readonly HashSet<(string Node, string What, string OperationId)> _inside = [];
    private int _keys;

    /// <summary>The fault that the answers of all of them have; null for none.</summary>
    public WorldFault? Fault { get; set; }

    /// <summary>The one machine that does not answer.</summary>
    public string? Mute { get; set; }

    /// <inheritdoc/>
    public OperatingSystemType Type => OperatingSystemType.Linux;

    /// <summary>The address of the system on a Node.</summary>
    public static string AddressOf(string node) => Prefix + node;

    /// <summary>Whether an endpoint is one of these systems.</summary>
    public static bool Has(SshEndpoint endpoint) => endpoint.Address.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The key that the system on a Node shows.</summary>
    public string KeyOf(string node) => _systems[DiskOf(node)!].ShownKey;

    /// <summary>Leaves a system as post-load does.</summary>
    /// <returns>The key that it shows from now on.</returns>
    public string Configure(string node, ImageTarget image, string operationId)
    {
        var system = _systems[DiskOf(node)!] = new(NewKey(), ImageKey);
        system.Configure(image.Name, image.RevisionId, operationId);
        return system.ShownKey;
    }

    /// <summary>Logs in.</summary>
    public async Task<ISshSession> ConnectAsync(SshEndpoint endpoint)
    {
        var node = endpoint.Address[Prefix.Length..];
        if (Mute == node || !IsUp(node) || DiskOf(node) is not { } disk)
            throw new SshFailureException(SshFailureKind.Unreachable, "The guest does not answer.");
        if (!_systems.TryGetValue(disk, out var system))
            system = _systems.GetOrAdd(disk, new StandInSystem(NewKey(), await FirstKeyAsync(node)));
        if (!endpoint.TrustAnyHostKey && !endpoint.HostKeys.Contains(system.ShownKey))
            throw new SshFailureException(SshFailureKind.HostKeyMismatch, $"The guest shows {system.ShownKey}.");
        return new StandInSession(node, system);
    }

    /// <inheritdoc/>
    public Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken)
    {
        var (node, system) = Of(session);
        return Task.FromResult(new OperatingSystemReading(
            system.CurrentImage, system.Configured ? Fact.Yes : Fact.Not(Reasons.NotConfigured), Fact.No, $"boot-{node}-{BootsOf(node)}", [system.ShownKey]));
    }

    /// <inheritdoc/>
    public Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken)
    {
        var (node, system) = Of(session);
        Note(node, "prepare", identity.OperationId);
        system.Prepare(identity.ImageName, identity.RevisionId);
        _keysOfImages[identity.ImageName] = system.ShownKey;
        return AnswerAsync(new([], null, null, [system.ShownKey], Complete: true));
    }

    /// <inheritdoc/>
    public Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken)
    {
        var (node, system) = Of(session);
        // As the real module: keys are made once for a load, and put in place only when they are recorded.
        if (!identity.RecordedHostKeys.Contains(system.OwnKey))
            return AnswerAsync(new([], null, "record the keys", [system.ShownKey, system.OwnKey], Complete: false));
        Note(node, "configure", identity.OperationId);
        system.Configure(identity.ImageName, identity.RevisionId, identity.LoadOperationId);
        return AnswerAsync(new([new() { Name = "HostKeys", Result = StepResult.Changed }], null, null, [system.OwnKey], Complete: true));
    }

    /// <inheritdoc/>
    public Task<StepsOutcome> ShutDownAsync(ISshSession session, string operationId, CancellationToken cancellationToken) => throw new NotSupportedException("The host switches its machines itself.");

    /// <inheritdoc/>
    public Task<StepsOutcome> RebootAsync(ISshSession session, string operationId, CancellationToken cancellationToken) => throw new NotSupportedException("The host resets its machines itself.");

    /// <summary>Name of the disk that a machine has now, another one after each load; null if it has none.</summary>
    protected abstract string? DiskOf(string node);

    /// <summary>Whether the machine is on and its system has come up.</summary>
    protected abstract bool IsUp(string node);

    /// <summary>How often the machine was booted, by whatever means.</summary>
    protected abstract string BootsOf(string node);

    /// <summary>Whether the disk of a machine was made from an image.</summary>
    protected abstract Task<bool> HoldsAsync(string node, string imageName);

    /// <summary>Notes something that was done in a system among the effects on its machine.</summary>
    protected abstract void AddEffect(string node, string what);

    /// <summary>A fresh disk shows the key that lies in its image.</summary>
    private async Task<string> FirstKeyAsync(string node)
    {
        foreach (var (image, key) in _keysOfImages)
        {
            if (await HoldsAsync(node, image))
                return key;
        }

        return ImageKey;
    }

    private string NewKey() => $"ssh-ed25519 OWN{Interlocked.Increment(ref _keys)}";

    /// <summary>A step that runs again for the same operation finds its work done, as in a real system, so it is one effect.</summary>
    private void Note(string node, string what, string operationId)
    {
        lock (_inside)
        {
            if (_inside.Add((node, what, operationId)))
                AddEffect(node, what);
        }
    }

    private Task<StepsOutcome> AnswerAsync(StepsOutcome outcome) =>
        Fault == WorldFault.LostReply ? throw new SshFailureException(SshFailureKind.ConnectionLost, "The answer of the guest was lost.") : Task.FromResult(outcome);

    private static (string Node, StandInSystem System) Of(ISshSession session) =>
        session is StandInSession guest ? (guest.Node, guest.System) : throw new InvalidOperationException("No session of a stand-in.");
}
