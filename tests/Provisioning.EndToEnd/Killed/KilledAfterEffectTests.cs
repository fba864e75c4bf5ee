using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Stories;

namespace Provisioning.EndToEnd.Killed;

/// <summary>The operator dies while a command with an effect is at work on the VM host: the effect happens, and nobody hears of it.</summary>
/// <param name="tiny">The machine.</param>
public sealed class KilledAfterEffectTests(TinyMachine tiny) : IClassFixture<TinyMachine>
{
    private Lab Lab => tiny.Lab;

    [Fact]
    public async Task A_reset_whose_answer_nobody_heard_is_not_sent_again()
    {
        var random = Seed.Next();
        await tiny.EnsureReadyAsync();
        var machine = await tiny.MachineAsync();
        var (bootId, boots) = (await tiny.Guest.BootIdAsync(), Boots(machine));
        var mark = Lab.Host.Commands.Mark();
        var killer = new OperatorKiller(Lab, TinyMachine.Name, random);
        await using var gate = new HostGate(Lab, TinyMachine.Name);
        await gate.HoldAnswersAsync("reset");
        await gate.FreezeGuestAtAsync("reset");

        await Lab.ChangeAsync(TinyMachine.Name, $$"""{"powerResetToken":"{{Guid.NewGuid():N}}"}""");
        await killer.AfterCommandAsync("reset", machine.Uuid, TimeSpan.FromSeconds(2.5));
        gate.LetGo("reset");
        await killer.AfterStateAsync("the machine was booting", operation => operation.Step == "WaitForBoot", TimeSpan.FromSeconds(2));
        await gate.ThawGuestAsync();

        var node = await Lab.UntilReadyAsync(TinyMachine.Name);
        Assert.Equal(killer.Operation, node.Succeeded(OperationKind.PowerReset)[0].Id);
        Assert.Equal(node.Spec.PowerResetToken, node.Status!.HandledPowerResetToken);
        HostEffects.AreExactly(["reset"], Lab.Host.Commands.EffectsSince(mark, machine.Uuid));
        await Lab.Host.Events.AreExactlyAsync(mark, machine.Name);
        Assert.Contains(await Lab.Host.Events.SinceAsync(mark, machine.Name), told => told.What == "reboot");
        Assert.NotEqual(bootId, await tiny.Guest.BootIdAsync());
        Assert.Equal(boots + 1, Boots(machine));
        killer.Survived();
    }

    [Fact]
    public async Task A_load_whose_every_command_outlives_its_operator_does_each_once()
    {
        var random = Seed.Next();
        await tiny.EnsureReadyAsync();
        var machine = await tiny.MachineAsync();
        var mark = Lab.Host.Commands.Mark();
        var killer = new OperatorKiller(Lab, TinyMachine.Name, random);
        string[] effects = ["create", "destroy", "define", "start"];
        await using var gate = new HostGate(Lab, TinyMachine.Name);
        await gate.HoldAnswersAsync(effects);

        await Lab.ChangeAsync(TinyMachine.Name, $$"""{"reloadToken":"{{Guid.NewGuid():N}}"}""");
        foreach (var verb in effects)
        {
            await killer.AfterCommandAsync(verb, machine.Uuid, TimeSpan.FromSeconds(2.5));
            gate.LetGo(verb);
        }

        await Lab.UntilAsync(TinyMachine.Name, "loaded anew", found => found.Status?.LoadedImage?.OperationId == killer.Operation);
        await Lab.UntilReadyAsync(TinyMachine.Name);
        HostEffects.AreExactly(effects, Lab.Host.Commands.EffectsSince(mark, machine.Uuid));
        await Lab.Host.Events.AreExactlyAsync(mark, machine.Name, "Stopped", "Defined", "Started");
        Assert.EndsWith($"disk-{killer.Operation}.qcow2", (await machine.DiskAsync()).Split(' ')[0], StringComparison.Ordinal);
        Assert.Single((await machine.DiskAsync()).Split('\n'));
        killer.Survived();
    }

    /// <summary>How often the guest has come up, by its console.</summary>
    private static int Boots(Machine machine) => File.ReadAllLines(Path.Combine(machine.Directory, "console.log")).Count(line => line.Contains("guest ready", StringComparison.Ordinal));
}
