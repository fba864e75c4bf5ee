using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>The job is killed at one of its renames: the next one finds the old content or ends the work.</summary>
public sealed class KilledAtRenameTests : KilledApplyTestBase
{
    /// <summary>Each rename that the job makes, before it and after it. The last ones are never reached: the job has fewer.</summary>
    public static TheoryData<int, bool> Renames
    {
        get
        {
            var data = new TheoryData<int, bool>();
            for (var number = 2; number <= 12; number++)
                data.Add(number, number % 2 == 0);
            return data;
        }
    }

    [Fact]
    public async Task A_host_that_went_down_between_two_renames_puts_the_old_files_back_by_itself_when_it_boots()
    {
        Host.Ssh.Put("mv", $$"""
            #!/bin/sh
            ROOT={{Host.Root}}
            mv() { /bin/mv "$@"; }
            mv "$@" || exit
            case "$*" in *" {{Host.PathOf("shop", "nginx.conf")}}") {{Kill}} ;; esac
            exit 0
            """);
        await File.WriteAllTextAsync(Path.Combine(Host.Root, "fuse"), "", Token);
        var (image, main) = (await Host.ImageAsync("shop-2", Host.Main("shop") + "# second\n", WebHost.Greeting("2")), Host.PathOf("shop", "nginx.conf"));
        await UntilBurntAsync(Driver.Begin(OperationKind.Load, image));
        Assert.EndsWith("# second\n", await File.ReadAllTextAsync(main, Token), StringComparison.Ordinal);
        Assert.Contains("version 1", await File.ReadAllTextAsync(Host.PathOf("shop"), Token), StringComparison.Ordinal);

        await Programs.RunAsync("sh", [Path.Combine(Host.Spec.WorkDirectory, "recover")], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(Host.Main("shop"), await File.ReadAllTextAsync(main, Token));
        Assert.Equal(WebHost.Greeting("1"), await File.ReadAllTextAsync(Host.PathOf("shop"), Token));
        Assert.Equal("unfinished", (await Host.Engine.ObserveAsync(Driver.Node, Token)).EngineState);
        var next = await Host.SiteImageAsync("shop", "3");
        await Driver.SucceedAsync(Driver.Begin(OperationKind.Load, next), Host.Engine);
        await AssertServesAsync("3", next);
    }

    [Theory, MemberData(nameof(Renames))]
    public async Task Killed_at_a_rename_the_next_operation_finds_the_old_content_or_ends_the_work(int number, bool after)
    {
        Host.Ssh.Put("mv", $$"""
            #!/bin/sh
            ROOT={{Host.Root}}
            mv() { /bin/mv "$@"; }
            echo x >>"$ROOT/moves"
            n=$(wc -l <"$ROOT/moves")
            [ {{(after ? 1 : 0)}} = 0 ] || mv "$@" || exit
            [ "$n" != {{number}} ] || { {{Kill}}; }
            [ {{(after ? 1 : 0)}} = 1 ] || exec /bin/mv "$@"
            """);
        await File.WriteAllTextAsync(Path.Combine(Host.Root, "fuse"), "", Token);
        var first = Driver.Begin(OperationKind.Load, await Host.SiteImageAsync("shop", "2"));
        await UntilBurntAsync(first);
        // Other versions than the old and the new one can never be served.
        Assert.Contains(await Host.GetAsync("shop", "version"), (string[])["1", "2"]);

        // Another Node object of the same name knows nothing of the operation.
        var again = new Driver(Driver.Node with { Uid = "uid-again", LoadedImage = null }) { LongestPoll = Driver.LongestPoll, IdPrefix = "again-" };
        var image = await Host.SiteImageAsync("shop", "3");
        var outcome = await again.RunAsync(again.Begin(OperationKind.Load, image), Host.Engine);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        await AssertServesAsync("3", image);
    }
}
