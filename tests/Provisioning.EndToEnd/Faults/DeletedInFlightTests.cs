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
        var (machine, node) = await LoadingAsync(lab, late: 4);

        _report.Injected(Fault.DeletedInFlight);
        await lab.Kubectl.RunAsync("delete", "pn", node.Name, "--timeout=50s");

        Assert.Null(await lab.FindMachineAsync(node.Name));
        Assert.False(Directory.Exists(machine.Directory), $"{machine.Directory} is left.");
        _report.Survived();
    }

    [Fact]
    public async Task Without_the_login_it_is_let_go_at_once_and_an_event_names_what_is_left()
    {
        await using var lab = await bed.NewLabAsync("locked-out");
        var (machine, node) = await LoadingAsync(lab, late: 25);
        var loaded = await machine.DiskAsync();

        _report.Injected(Fault.DeletedInFlight);
        await lab.Kubectl.RunAsync("delete", "secret", "host-login");
        await Told.StalledProvisionerAsync(lab, "host", Reasons.SecretInvalid, "host-login does not exist");
        await lab.Kubectl.RunAsync("delete", "pn", node.Name, "--timeout=50s");

        var events = "";
        await lab.UntilAsync(
            "an event says what was left",
            async () => (events = await lab.Kubectl.RunAsync("get", "events", "--field-selector", "reason=LeftBehind", "-o", "jsonpath={range .items[*]}{.message}{\"\\n\"}{end}")).Length > 0,
            TimeSpan.FromSeconds(20));
        TestContext.Current.TestOutputHelper!.WriteLine(events);
        Assert.Contains("not unloaded", events, StringComparison.Ordinal);
        Assert.Contains("Load", events, StringComparison.Ordinal);
        Assert.NotNull(await lab.FindMachineAsync(node.Name));
        Assert.Contains(loaded.Split('\n')[0], await machine.DiskAsync(), StringComparison.Ordinal);
        _report.Survived();
    }

    /// <summary>A machine that runs, with the new disk of its next load on the way.</summary>
    private static async Task<(Machine Machine, BareMachine Node)> LoadingAsync(Lab lab, int late)
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
        return (machine, node);
    }
}
