using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Api.Captures;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

/// <summary>The verbs against real scripts in a real shell, with connections cut at every point.</summary>
public abstract class EngineTestBase : IAsyncDisposable
{
    private protected readonly FakeHost _host = new();
    private protected readonly FakeTimeProvider _clock = new();
    private protected readonly LibvirtEngine _engine;
    private protected readonly Driver _driver;

    protected EngineTestBase()
    {
        _engine = new(_host.Provisioner, _host, new(_host, _clock, NullLoggerFactory.Instance), [_host.Guest], _clock, NullLoggerFactory.Instance);
        _driver = DriverFor(_clock);
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static CaptureTarget Capture => new()
    {
        ImageName = "golden",
        Revision = "7",
        Preparation = CapturePreparation.OperatingSystem,
        UncleanShutdown = UncleanShutdownPolicy.Force,
    };

    private protected Machine Machine => new(_host.Spec, _driver.Node);

    public virtual async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _host.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static Driver DriverFor(FakeTimeProvider clock) => new(FakeHost.Node()) { Pass = poll => { clock.Advance(poll); return Task.CompletedTask; }, Now = () => clock.GetUtcNow() };

    private protected Task<OperationOutcome> OffAsync(OperationContext operation, CancellationToken cancellationToken) =>
        _engine.PowerOffAsync(operation, PowerOffMode.SoftThenHard, cancellationToken);

    private protected async Task LoadAsync(ImageTarget image) => await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, image), _engine.LoadAsync);

    private protected string DefinitionText() => File.ReadAllText(Path.Combine(_host.Root, "domains", Machine.Uuid + ".xml"));

    private protected static async Task<string> DigestAsync(string path) =>
        "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path, Token)));
}
