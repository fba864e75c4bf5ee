using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests.Support;

/// <summary>A host with two files for each Node, and no service behind them.</summary>
public abstract class ContentTestBase : IAsyncLifetime
{
    private protected WebHost Host { get; } = new();

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Host.InitializeAsync();
        (Host.Spec.Check, Host.Spec.Activate, Host.Spec.Verify) = (null, null, null);
        Host.Spec.Files = [$"{Host.Root}/etc/{{machine}}.conf", $"{Host.Root}/etc/{{machine}}.more"];
        Host.Restart();
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Host.DisposeAsync();
    }

    /// <summary>The first file of a Node.</summary>
    private protected string FileOf(string node) => Path.Combine(Host.Root, "etc", $"{node}.conf");

    /// <summary>Captures what the Node has.</summary>
    private protected async Task<ImageTarget> CaptureAsync(Driver driver)
    {
        var capture = WebHost.Capture();
        return Driver.ImageOf(capture, (await driver.SucceedAsync(driver.Begin(OperationKind.Capture, capture: capture), Host.Engine)).CapturedImage!);
    }
}
