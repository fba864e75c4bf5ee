using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>The job is killed in the middle, as by a crash of the host: it ends in the new content or in the old one, never between.</summary>
public sealed class KilledApplyTests : IAsyncLifetime
{
    /// <summary>Kills the process group that called it, with everything in it, once.</summary>
    private const string Kill = "mv \"$ROOT/fuse\" \"$ROOT/burnt\" 2>/dev/null && { p=$PPID; g=$(sed 's/^.*) //' /proc/$p/stat | cut -d' ' -f3); [ \"$COMM\" != timeout ] || { p=$(sed 's/^.*) //' /proc/$p/stat | cut -d' ' -f2); g=$(sed 's/^.*) //' /proc/$p/stat | cut -d' ' -f3); }; kill -s KILL -- -$g; }";

    private readonly WebHost _host = new();
    private readonly Driver _driver = WebHost.DriverFor("shop");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(WebHost.HasNginx, "needs nginx");
        await _host.InitializeAsync();
        try
        {
            await _host.StartSiteAsync("shop");
            await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, await _host.SiteImageAsync("shop", "1")), _host.Engine);
        }
        catch
        {
            await _host.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    public static TheoryData<string> Commands => ["check", "activate", "verify"];

    /// <summary>Each rename that the job makes, before it and after it. The last ones are never reached: the job has fewer.</summary>
    public static TheoryData<int, bool> Renames
    {
        get
        {
            var data = new TheoryData<int, bool>();
            for (var number = 2; number <= 11; number++)
                data.Add(number, number % 2 == 0);
            return data;
        }
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task Killed_in_a_command_it_is_done_again_to_its_end(string command)
    {
        await BreakInAsync(command);
        var image = await _host.SiteImageAsync("shop", "2");

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.True(File.Exists(Path.Combine(_host.Root, "burnt")), "Nothing was killed.");
        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        await AssertServesAsync("2", image);
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task Killed_in_a_command_and_given_up_the_old_content_is_back_and_works(string command)
    {
        var before = (await _host.Engine.ObserveAsync(_driver.Node, Token)).ContentsDigest;
        await BreakInAsync(command);
        var operation = _driver.Begin(OperationKind.Load, await _host.SiteImageAsync("shop", "2"));
        await UntilBurntAsync(operation);

        var outcome = await _driver.RunAsync(operation, _host.Engine.AbandonAsync);

        Assert.True(outcome is { Phase: OperationPhase.Succeeded, MachineUntouched: true }, outcome.Message);
        Assert.Equal(before, (await _host.Engine.ObserveAsync(_driver.Node, Token)).ContentsDigest);
        await _host.AssertServesAsync("shop", "1");
        AssertClean();
    }

    [Theory, MemberData(nameof(Renames))]
    public async Task Killed_at_a_rename_the_next_operation_finds_the_old_content_or_ends_the_work(int number, bool after)
    {
        _host.Ssh.Put("mv", $$"""
            #!/bin/sh
            ROOT={{_host.Root}}
            mv() { /bin/mv "$@"; }
            echo x >>"$ROOT/moves"
            n=$(wc -l <"$ROOT/moves")
            [ {{(after ? 1 : 0)}} = 0 ] || mv "$@" || exit
            [ "$n" != {{number}} ] || { {{Kill}}; }
            [ {{(after ? 1 : 0)}} = 1 ] || exec /bin/mv "$@"
            """);
        await File.WriteAllTextAsync(Path.Combine(_host.Root, "fuse"), "", Token);
        var first = _driver.Begin(OperationKind.Load, await _host.SiteImageAsync("shop", "2"));
        await UntilBurntAsync(first);
        // Other versions than the old and the new one can never be served.
        Assert.Contains(await _host.GetAsync("shop", "version"), (string[])["1", "2"]);

        // Another Node object of the same name knows nothing of the operation.
        var again = new Driver(_driver.Node with { Uid = "uid-again", LoadedImage = null }) { LongestPoll = _driver.LongestPoll, IdPrefix = "again-" };
        var image = await _host.SiteImageAsync("shop", "3");
        var outcome = await again.RunAsync(again.Begin(OperationKind.Load, image), _host.Engine);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        await AssertServesAsync("3", image);
    }

    [Fact]
    public async Task What_was_left_unfinished_is_seen_by_a_node_that_knows_nothing_of_it_and_is_not_captured()
    {
        var before = (await _host.Engine.ObserveAsync(_driver.Node, Token)).ContentsDigest;
        await BreakInAsync("verify");
        var image = await _host.SiteImageAsync("shop", "2");
        await UntilBurntAsync(_driver.Begin(OperationKind.Load, image));
        var node = _driver.Node with { Uid = "uid-again" };

        var seen = await _host.Engine.ObserveAsync(node, Token);
        Assert.Equal((image.Digest, "unfinished", Api.Machines.FactValue.No), (seen.ContentsDigest, seen.EngineState, seen.Configured.Value));

        var again = new Driver(node) { LongestPoll = _driver.LongestPoll, IdPrefix = "again-" };
        var captured = await again.SucceedAsync(again.Begin(OperationKind.Capture, capture: WebHost.Capture()), _host.Engine);
        Assert.Equal(before, captured.CapturedImage!.Digest);
        await _host.AssertServesAsync("shop", "1");
    }

    [Fact]
    public async Task An_operation_that_was_overtaken_is_fenced_off()
    {
        var older = _driver.Begin(OperationKind.Load, await _host.SiteImageAsync("shop", "2"));
        var newer = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await _host.SiteImageAsync("shop", "3")), _host.Engine);
        Assert.Equal(OperationPhase.Succeeded, newer.Phase);

        var late = await _driver.RunAsync(older, _host.Engine);

        Assert.Equal((OperationPhase.Failed, Api.Reasons.Fenced), (late.Phase, late.Reason));
        await _host.AssertServesAsync("shop", "3");
    }

    private async Task BreakInAsync(string command)
    {
        var breaks = $"ROOT={_host.Root}; COMM=timeout; {Kill}; ";
        switch (command)
        {
            case "check":
                _host.Spec.Check = breaks + _host.Spec.Check;
                break;
            case "activate":
                _host.Spec.Activate = breaks + _host.Spec.Activate;
                break;
            default:
                _host.Spec.Verify = breaks + _host.Spec.Verify;
                break;
        }

        await _host.Engine.DisposeAsync();
        _host.Restart();
        await File.WriteAllTextAsync(Path.Combine(_host.Root, "fuse"), "", Token);
    }

    /// <summary>Calls until the job was killed, or had nothing more to be killed at.</summary>
    private async Task UntilBurntAsync(OperationContext operation)
    {
        for (var call = 0; call < 40 && !File.Exists(Path.Combine(_host.Root, "burnt")); call++)
        {
            var outcome = await _host.Engine.LoadAsync(operation, Token);
            if (outcome.Phase != OperationPhase.Running)
                return;
            operation = await _driver.RecordAsync(operation, outcome);
        }
    }

    private async Task AssertServesAsync(string version, ImageTarget image)
    {
        await _host.AssertServesAsync("shop", version);
        var seen = await _host.Engine.ObserveAsync(_driver.Node, Token);
        Assert.Equal((image.Digest, "in place"), (seen.ContentsDigest, seen.EngineState));
        AssertClean();
    }

    private void AssertClean()
    {
        Assert.Empty(Directory.GetFiles(Path.Combine(_host.Root, "etc", "shop"), ".*"));
        Assert.False(File.Exists(Path.Combine(_host.Spec.WorkDirectory, "web", "shop", "unfinished")));
        Assert.False(File.Exists(Path.Combine(_host.Spec.WorkDirectory, "web", "shop", "old")));
    }
}
