using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Support;

/// <summary>The operating system on the fake host's machine: it answers while the domain runs, and its boot id counts the boots.</summary>
internal sealed class FakeGuest(FakeHost host) : IOperatingSystemModule
{
    public const string ImageKey = "ssh-ed25519 IMAGE";
    public const string OwnKey = "ssh-ed25519 OWN";

    public SshFailureKind? Refusal { get; set; }

    public string? FailedStep { get; set; }

    public bool Silent { get; set; }

    /// <summary>Lets callers in, and does not answer them.</summary>
    public TaskCompletionSource? Hanging { get; set; }

    /// <summary>How many calls a hook of the image still takes.</summary>
    public int HookCalls { get; set; }

    public SshEndpoint? Asked { get; private set; }

    public string ShownKey { get; set; } = ImageKey;

    public List<string> Calls { get; } = [];

    public OperatingSystemType Type => OperatingSystemType.Linux;

    public Task<ISshSession> ConnectAsync(SshEndpoint endpoint)
    {
        Asked = endpoint;
        if (Refusal is { } kind)
            throw new SshFailureException(kind, "The guest does not let us in.");
        if (Silent || !Directory.GetFiles(Path.Combine(host.Root, "domains"), "*.state").Any(file => File.ReadAllText(file).StartsWith("running", StringComparison.Ordinal)))
            throw new SshFailureException(SshFailureKind.Unreachable, "The guest is off.");
        if (!endpoint.TrustAnyHostKey && !endpoint.HostKeys.Contains(ShownKey))
            throw new SshFailureException(SshFailureKind.HostKeyMismatch, $"The guest shows {ShownKey}.");
        return Task.FromResult<ISshSession>(new GuestSession(ShownKey));
    }

    public async Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken)
    {
        if (Hanging is { } hanging)
        {
            hanging.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        return new(CurrentImageReading.Image("tiny", "tiny@1"), Fact.Yes, Fact.No, $"boot-{host.Boots}", [ShownKey]);
    }

    public Task<StepsOutcome> ShutDownAsync(ISshSession session, string operationId, CancellationToken cancellationToken) => AskedForAsync($"poweroff {operationId}");

    public Task<StepsOutcome> RebootAsync(ISshSession session, string operationId, CancellationToken cancellationToken) => AskedForAsync($"reboot {operationId}");

    private Task<StepsOutcome> AskedForAsync(string call)
    {
        Calls.Add(call);
        return Task.FromResult(new StepsOutcome([], null, null, null, Complete: true));
    }

    public Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken)
    {
        Calls.Add($"prepare {identity.RevisionId}");
        ShownKey = ImageKey;
        return Task.FromResult(new StepsOutcome([], FailedStep, "as asked", [ImageKey], FailedStep is null));
    }

    public Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken)
    {
        Calls.Add($"post-load {identity.RevisionId}");
        if (FailedStep is not null)
            return Task.FromResult(new StepsOutcome([], FailedStep, "as asked", null, Complete: false));
        // As the real module: new keys are put in place only when they are recorded.
        if (!identity.RecordedHostKeys.Contains(OwnKey))
            return Task.FromResult(new StepsOutcome([], null, "record the keys", [ShownKey, OwnKey], Complete: false));
        ShownKey = OwnKey;
        if (HookCalls-- > 0)
            return Task.FromResult(new StepsOutcome([], null, "The hook is running.", [OwnKey], Complete: false));
        return Task.FromResult(new StepsOutcome([new() { Name = "HostKeys", Result = StepResult.Changed }], null, null, [OwnKey], Complete: true));
    }

    private sealed class GuestSession(string key) : ISshSession
    {
        public string HostKey => key;

        public Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
