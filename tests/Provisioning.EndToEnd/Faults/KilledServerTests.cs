using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>Programs of the VM host die by SIGKILL in the middle of an operation.</summary>
/// <param name="bare">The machine.</param>
[Collection(FaultTests.Name)]
public sealed class KilledServerTests(BareMachineFixture bare)
{
    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_load_goes_on_after_sshd_was_killed()
    {
        var machine = await bare.ReadyAsync();
        var (host, mark) = (machine.Lab.Host, machine.Lab.Host.Commands.Mark());
        await host.AnswerLateAsync("define");
        var token = await machine.ReloadAsync();
        await machine.UntilBegunAsync("define", mark);

        _report.Injected(Fault.SshServerKilled);
        await host.CutOffAsync();
        await host.StartAsync();

        await machine.UntilLoadedOnceAsync(token, mark);
        _report.Survived();
    }

    [Fact]
    public async Task A_load_waits_while_libvirtd_is_gone_and_goes_on_when_it_is_back()
    {
        var machine = await bare.ReadyAsync();
        var (host, mark) = (machine.Lab.Host, machine.Lab.Host.Commands.Mark());
        await host.MakeDiskLateAsync(seconds: 15);
        var token = await machine.ReloadAsync();
        await machine.UntilBegunAsync("create", mark);

        _report.Injected(Fault.LibvirtKilled);
        await host.KillLibvirtAsync();
        var waiting = await machine.Lab.UntilAsync(machine.Name, "waiting for libvirt", found => found.Status?.Operation?.Message?.Contains("libvirt", StringComparison.OrdinalIgnoreCase) == true);
        Assert.Equal("StopOld", waiting.Status!.Operation!.Step);
        await host.StartAsync();

        var node = await machine.UntilLoadedOnceAsync(token, mark);
        Assert.Equal(waiting.Status.Operation.Id, node.Status!.LoadedImage!.OperationId);
        _report.Survived();
    }

    [Fact]
    public async Task A_load_whose_qemu_img_was_killed_is_begun_anew_with_the_old_disk_untouched()
    {
        var machine = await bare.ReadyAsync();
        var (host, mark) = (machine.Lab.Host, machine.Lab.Host.Commands.Mark());
        // Before it has made anything, and only the first time: it stands still until it dies, for on a busy machine it could be done before it is killed.
        await host.BreakAsync("qemu-img", """case "$1" in create) rm "$FAULT"; { kill -s STOP "$BASHPID"; exec "$REAL" "$@"; } & kill -s KILL "$!"; wait "$!"; exit "$?" ;; esac""");
        _report.Injected(Fault.QemuImgKilled);
        var token = await machine.ReloadAsync();

        var failed = await machine.Lab.UntilAsync(machine.Name, "told of the failure", found => found.Status?.Retry?.Attempt > 0);
        Assert.Contains("Making the new disk failed with exit code 137", failed.Status!.Retry!.Message, StringComparison.Ordinal);
        Assert.Equal((0, LoadState.Loaded), (failed.Status.Retry.DestructiveAttempts, failed.Status.LoadedImage!.State));
        await machine.UntilLoadedOnceAsync(token, mark, createdTimes: 2);
        _report.Survived();
    }
}
