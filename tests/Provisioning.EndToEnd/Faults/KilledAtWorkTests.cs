using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>libvirtd dies by SIGKILL while it is at work for a load: with the request on the way, in the midst of starting a machine, and after it has done what its answer would have told.</summary>
/// <param name="bare">The machine.</param>
[Collection(FaultTests.Name)]
public sealed class KilledAtWorkTests(BareMachineFixture bare)
{
    // virsh is connected and waits for the definition; libvirtd stands still, gets it, and dies with the request unanswered.
    private const string DefinitionOnTheWay = """
        case " $* " in *" define "*)
          rm "$FAULT"; definition=${!#}; mkfifo "$definition.pipe"
          "$REAL" "${@:1:$#-1}" "$definition.pipe" & exec 5>"$definition.pipe"
          kill -s STOP DAEMON; cat "$definition" >&5; exec 5>&-; rm "$definition.pipe"; sleep 0.3
          kill -s KILL DAEMON; wait "$!"; exit "$?" ;;
        esac
        """;

    // QEMU runs, and libvirtd has not yet told anybody.
    private const string InTheMidstOfTheStart = """
        case " $* " in *" start "*)
          rm "$FAULT"; "$REAL" "$@" & call=$!
          until pgrep -x -u "$USER" 'qemu-system-.*' -f >/dev/null && pgrep -u "$USER" -f 'guest=MACHINE' >/dev/null || ! kill -0 "$call" 2>/dev/null; do :; done
          kill -s KILL DAEMON; wait "$call"; exit "$?" ;;
        esac
        """;

    private const string StartedAndNotTold = """
        case " $* " in *" start "*)
          rm "$FAULT"; "$REAL" "$@" >/dev/null 2>&1; kill -s KILL DAEMON
          echo 'error: Disconnected from qemu:///session due to end of file' >&2; exit 1 ;;
        esac
        """;

    private readonly FaultReport _report = new();

    [Theory]
    [InlineData("define", DefinitionOnTheWay, false)]
    [InlineData("start", InTheMidstOfTheStart, false)]
    [InlineData("start", StartedAndNotTold, true)]
    public async Task A_load_goes_on_when_libvirtd_is_back_with_one_machine_on_one_disk(string verb, string death, bool isDone)
    {
        var machine = await bare.ReadyAsync();
        var (lab, host, mark) = (machine.Lab, machine.Lab.Host, machine.Lab.Host.Commands.Mark());
        var domain = await machine.MachineAsync();
        var daemon = await host.LibvirtProcessAsync();
        await host.BreakAsync("virsh", death.Replace("DAEMON", $"{daemon}", StringComparison.Ordinal).Replace("MACHINE", domain.Name, StringComparison.Ordinal).Replace("$USER", host["USER"], StringComparison.Ordinal));

        _report.Injected(Fault.LibvirtKilled);
        var token = await machine.ReloadAsync();
        await lab.UntilAsync($"libvirtd has died at {verb}", () => Task.FromResult(!Directory.Exists($"/proc/{daemon}")), interval: TimeSpan.FromMilliseconds(100));
        await lab.UntilAsync(machine.Name, "waiting", found => found.Status is { Operation.Message: { Length: > 0 } } or { Retry: not null });
        await host.StartAsync();

        var node = await lab.UntilAsync(machine.Name, "loaded anew", found => found.IsReady() && found.Status!.HandledReloadToken == token);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', host.Commands.EffectsSince(mark, domain.Uuid)));

        // A load whose command certainly did nothing is begun anew, with a disk of its own. The old machine was powered off once, and what runs from the new disk is not loaded once more.
        var effects = host.Commands.EffectsSince(mark, domain.Uuid).Select(command => command.Verb).ToList();
        Assert.Equal(["create", "define", "destroy", "start"], effects.Distinct().Order(StringComparer.Ordinal));
        Assert.All(effects.GroupBy(found => found), group => Assert.InRange(group.Count(), 1, group.Key == "destroy" || isDone ? 1 : 2));
        var now = await machine.MachineAsync();
        Assert.Equal(("running", domain.Uuid), (now.State, now.Uuid));
        var disk = Assert.Single((await now.DiskAsync()).Split('\n')).Split(' ')[0];
        Assert.EndsWith($"disk-{node.Status!.LoadedImage!.OperationId}.qcow2", disk, StringComparison.Ordinal);
        Assert.Contains(disk, Assert.Single(await QemusOfAsync(domain.Name)), StringComparison.Ordinal);
        Assert.Equal(LoadState.Loaded, node.Status.LoadedImage.State);
        _report.Survived();
    }

    /// <summary>Command lines of the QEMU processes of a domain, by the kernel's account.</summary>
    private static async Task<IReadOnlyList<string>> QemusOfAsync(string domain)
    {
        List<string> found = [];
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                var line = (await File.ReadAllTextAsync($"{process}/cmdline")).Replace('\0', ' ');
                if (line.Contains("qemu-system", StringComparison.Ordinal) && line.Contains($"guest={domain},", StringComparison.Ordinal))
                    found.Add(line);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return found;
    }
}
