using System.Globalization;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Testing.Real;

namespace Provisioning.Engines.Configuration.Tests.Support;

/// <summary>A site whose job is killed in the middle, as by a crash of the host.</summary>
public abstract class KilledApplyTestBase : IAsyncLifetime
{
    /// <summary>Kills the process group that called it, with everything in it, once.</summary>
    private protected const string Kill = "mv \"$ROOT/fuse\" \"$ROOT/burnt\" 2>/dev/null && { p=$PPID; g=$(sed 's/^.*) //' /proc/$p/stat | cut -d' ' -f3); [ \"$COMM\" != timeout ] || { p=$(sed 's/^.*) //' /proc/$p/stat | cut -d' ' -f2); g=$(sed 's/^.*) //' /proc/$p/stat | cut -d' ' -f3); }; echo $g >\"$ROOT/group.new\"; mv \"$ROOT/group.new\" \"$ROOT/group\"; kill -s KILL -- -$g; }";

    private protected WebHost Host { get; } = new();

    private protected Driver Driver { get; } = WebHost.DriverFor("shop");

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(WebHost.HasNginx, "needs nginx");
        await Host.InitializeAsync();
        try
        {
            await Host.StartSiteAsync("shop");
            await Driver.SucceedAsync(Driver.Begin(OperationKind.Load, await Host.SiteImageAsync("shop", "1")), Host.Engine);
        }
        catch
        {
            await Host.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Host.DisposeAsync();
    }

    private protected async Task BreakInAsync(string command)
    {
        var breaks = $"ROOT={Host.Root}; COMM=timeout; {Kill}; ";
        switch (command)
        {
            case "check":
                Host.Spec.Check = breaks + Host.Spec.Check;
                break;
            case "activate":
                Host.Spec.Activate = breaks + Host.Spec.Activate;
                break;
            default:
                Host.Spec.Verify = breaks + Host.Spec.Verify;
                break;
        }

        await Host.Engine.DisposeAsync();
        Host.Restart();
        await File.WriteAllTextAsync(Path.Combine(Host.Root, "fuse"), "", Token);
    }

    /// <summary>Calls until the job was killed and is gone, or had nothing more to be killed at.</summary>
    private protected async Task UntilBurntAsync(OperationContext operation)
    {
        for (var call = 0; call < 200 && !File.Exists(Path.Combine(Host.Root, "burnt")); call++)
        {
            var outcome = await Host.Engine.LoadAsync(operation, Token);
            if (outcome.Phase != OperationPhase.Running)
                return;
            operation = await Driver.RecordAsync(operation, outcome);
        }

        // The fuse is burnt a moment before the kill, and the kill is a moment before the end.
        var group = Path.Combine(Host.Root, "group");
        while (!File.Exists(group))
            await Task.Delay(20, Token);
        await ProcessGroups.UntilGoneAsync(int.Parse(await File.ReadAllTextAsync(group, Token), CultureInfo.InvariantCulture));
    }

    private protected async Task AssertServesAsync(string version, ImageTarget image)
    {
        await Host.AssertServesAsync("shop", version);
        var seen = await Host.Engine.ObserveAsync(Driver.Node, Token);
        Assert.Equal((image.Digest, "in place"), (seen.ContentsDigest, seen.EngineState));
        AssertClean();
    }

    private protected void AssertClean()
    {
        Assert.Empty(Directory.GetFiles(Path.Combine(Host.Root, "etc", "shop"), ".*"));
        Assert.False(File.Exists(Path.Combine(Host.Spec.WorkDirectory, "web", "shop", "unfinished")));
        Assert.False(File.Exists(Path.Combine(Host.Spec.WorkDirectory, "web", "shop", "old")));
    }
}
