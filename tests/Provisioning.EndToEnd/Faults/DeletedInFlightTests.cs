using Provisioning.Api;
using Provisioning.EndToEnd.BadInput;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>Nodes that are deleted while a load is at work on the VM host: the deletion ends, and says what it left behind.</summary>
/// <param name="bed">The bed.</param>
[Collection(FaultTests.Name)]
public sealed class DeletedInFlightTests(TestBed bed)
{
    private readonly FaultReport _report = new();

    [Fact]
    public async Task The_load_is_ended_first_and_nothing_is_left_of_the_machine()
    {
        await using var lab = await bed.NewLabAsync("deleted");
        var (machine, node, mark) = await LoadingAsync(lab, late: 4);

        _report.Injected(Fault.DeletedInFlight);
        await lab.DeleteAsync(node.Name);

        Assert.Null(await lab.FindMachineAsync(node.Name));
        Assert.False(Directory.Exists(machine.Directory), $"{machine.Directory} is left.");
        await AssertEndedOnceAsync(lab, mark, machine);
        _report.Survived();
    }

    [Fact]
    public async Task Without_the_login_it_says_what_it_waits_for_and_ends_when_the_login_is_back()
    {
        await using var lab = await bed.NewLabAsync("locked-out");
        var (machine, node, mark) = await LoadingAsync(lab, late: 25);

        _report.Injected(Fault.DeletedInFlight);
        await lab.Kubectl.RunAsync("delete", "secret", "host-login");
        await Told.StalledProvisionerAsync(lab, "host", Reasons.SecretInvalid, "host-login does not exist");
        await lab.Kubectl.RunAsync("delete", "pn", node.Name, "--wait=false");
        var waiting = await lab.UntilAsync(node.Name, "waiting for the login", found => found.Status!.Conditions.Any(condition => condition.Message.Contains("host-login", StringComparison.Ordinal)), TimeSpan.FromMinutes(3));
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', waiting.Status!.Conditions.Select(condition => $"{condition.Type} {condition.Reason}: {condition.Message}")));

        await lab.Kubectl.RunAsync("create", "secret", "generic", "host-login", $"--from-file=ssh-privatekey={lab.Host["CLIENT_KEY"]}");
        await lab.UntilAsync("the Node is gone", async () => await lab.Kubectl.NodeAsync(node.Name) is null);
        Assert.Null(await lab.FindMachineAsync(node.Name));
        Assert.False(Directory.Exists(machine.Directory), $"{machine.Directory} is left.");
        await AssertEndedOnceAsync(lab, mark, machine);
        _report.Survived();
    }

    /// <summary>A turn of the load that has begun may go on to its next wait, and start the machine. After that it is started no more, and undefined once, at the very end.</summary>
    private static async Task AssertEndedOnceAsync(Lab lab, HostMark mark, Machine machine)
    {
        var lives = (await lab.Host.Events.SinceAsync(mark, machine.Name)).Select(told => told.What).Where(what => what is "Started" or "Stopped" or "Undefined").ToList();
        Assert.Equal(["Stopped", "Undefined"], lives.TakeLast(2));
        Assert.Single(lives, what => what == "Undefined");
        Assert.InRange(lives.Count(what => what == "Started"), 0, 1);
    }

    /// <summary>A machine that runs, with the new disk of its next load on the way.</summary>
    private static async Task<(Machine Machine, BareMachine Node, HostMark Mark)> LoadingAsync(Lab lab, int late)
    {
        var node = new BareMachine(lab, "vm");
        await node.PrepareAsync();
        var machine = await node.MachineAsync();
        await lab.ChangeAsync(node.Name, """{"deletionPolicy":"Unload"}""");
        await lab.UntilReadyAsync(node.Name);
        await lab.Host.MakeDiskLateAsync(late);
        var mark = lab.Host.Commands.Mark();
        await node.ReloadAsync();
        await node.UntilBegunAsync("create", mark);
        return (machine, node, mark);
    }
}
