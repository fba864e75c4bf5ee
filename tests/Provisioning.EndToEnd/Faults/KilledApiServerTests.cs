using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>The API server, or its database, dies by SIGKILL in the middle of an operation.</summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class KilledApiServerTests(OwnBed bed)
{
    // Longer than any one request of the operator takes, and as long as an API server needs to be replaced.
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(4);

    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_load_and_a_capture_go_on_when_the_api_server_and_etcd_are_killed()
    {
        await using var lab = await bed.NewLabAsync("api", bed.Alone);
        var machine = new BareMachine(lab, "vm");
        await machine.PrepareAsync();
        var process = bed.Alone.ProcessId;

        var mark = lab.Host.Commands.Mark();
        await lab.Host.AnswerLateAsync("destroy", seconds: 2);
        var token = await machine.ReloadAsync();
        await machine.UntilBegunAsync("destroy", mark);
        await KillAsync("kube-apiserver", Fault.ApiServerKilled);
        await machine.UntilLoadedOnceAsync(token, mark);

        await lab.Host.MendAsync();
        await lab.Host.CopySlowlyAsync();
        mark = lab.Host.Commands.Mark();
        await machine.CaptureAsync("etcd-killed");
        await machine.UntilBegunAsync("convert", mark);
        await KillAsync("etcd", Fault.EtcdKilled);
        await machine.UntilCapturedOnceAsync("etcd-killed", mark);

        // It lived through both; nobody had to restart it.
        Assert.True(bed.Alone.IsRunning);
        Assert.Equal(process, bed.Alone.ProcessId);
        _report.Survived();
    }

    private async Task KillAsync(string program, string fault)
    {
        _report.Injected(fault);
        await bed.Server.KillAsync(program);
        await Task.Delay(Outage, TestContext.Current.CancellationToken);
        await bed.Server.StartAsync();
    }
}
