using Provisioning.Api;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>A VM host that greets whoever logs in, before the login and before every answer, and whose programs print what acts on terminals.</summary>
/// <param name="bare">The machine.</param>
[Collection(FaultTests.Name)]
public sealed class HostileHostTests(BareMachineFixture bare)
{
    private const string Greeting = "\u001b[2J\u001b]0;owned\aWelcome to the VM host!\n\u202estate=exited\ncode=0\nversion 1\nhave 7 7\n{\"format\": \"raw\"}\n";

    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_load_and_a_capture_do_each_thing_once_and_nothing_of_the_greeting_is_shown()
    {
        var machine = await bare.ReadyAsync();
        var (lab, host) = (machine.Lab, machine.Lab.Host);
        var greeting = Path.Combine(host["HOME"], "ssh", "greeting");
        await File.WriteAllTextAsync(greeting, Greeting, TestContext.Current.CancellationToken);
        await using var way = new OtherWayIn(host, null, $"Banner {greeting}", $"ForceCommand cat {greeting}; cat {greeting} >&2; exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"");
        await way.StartAsync();
        _report.Injected(Fault.Greeted);
        await way.TakeAsync(machine);

        var mark = host.Commands.Mark();
        await machine.UntilLoadedOnceAsync(await machine.ReloadAsync(), mark);
        mark = host.Commands.Mark();
        await machine.CaptureAsync("greeted");
        await machine.UntilCapturedOnceAsync("greeted", mark);
        await Screens.AssertHarmlessAsync(lab);

        _report.Injected(Fault.TerminalEscapes);
        mark = host.Commands.Mark();
        await host.BreakAsync("virsh", @"printf '\033[2J\033]0;owned\007\302\23331m\342\200\256desrever\n'; printf 'error: \033[2J\033]0;owned\007\n' >&2; exit 1");
        var node = await lab.UntilAsync(machine.Name, "unknown", found => found.IsUnknown(Reasons.UnexpectedAnswer));
        Assert.Contains("owned", node.Condition("Ready")!.Message, StringComparison.Ordinal);
        await Screens.AssertHarmlessAsync(lab);
        TestContext.Current.TestOutputHelper!.WriteLine(node.Condition("Ready")!.Message);

        await bare.ReadyAsync();
        Assert.DoesNotContain(host.Commands.Since(mark), command => command.HasEffect);
        await host.Events.AreExactlyAsync(mark, (await machine.MachineAsync()).Name);
        _report.Survived();
    }
}
