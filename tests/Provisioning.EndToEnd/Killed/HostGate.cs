using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Killed;

/// <summary>
/// Holds the VM host at points of an operation, so that it cannot be over before the operator was killed at them: how long a busy machine takes to see a point and to kill there says nothing then.
/// Everything is let go at the end.
/// </summary>
/// <param name="lab">The lab.</param>
/// <param name="node">Name of the Node.</param>
internal sealed class HostGate(Lab lab, string node) : IAsyncDisposable
{
    // A fault of hack/lib/vmhost.sh. The effect comes at once; what waits for the guest, and what waits for the answer, goes on when it is let go.
    private const string Script = """
        for word; do
          [ -e "${FAULT%/*}/hold-$word" ] || [ -e "${FAULT%/*}/freeze-$word" ] || continue
          "$REAL" "$@"; code=$?
          [ ! -e "${FAULT%/*}/freeze-$word" ] || kill -s STOP "$(cat 'PIDFILE')"
          while [ -e "${FAULT%/*}/hold-$word" ]; do sleep 0.05; done
          exit "$code"
        done
        """;

    private readonly VmHost _host = lab.Host;

    /// <summary>Calls with these verbs do what they are to do, and end when they are let go.</summary>
    public Task HoldAnswersAsync(params IReadOnlyList<string> verbs) => AddAsync([.. verbs.Select(verb => $"hold-{verb}")]);

    /// <summary>The guest stands still from the moment that this verb has had its effect.</summary>
    public Task FreezeGuestAtAsync(string verb) => AddAsync($"freeze-{verb}");

    /// <summary>Calls with this verb end.</summary>
    public void LetGo(string verb) => File.Delete(Path.Combine(_host["FAULTS"], $"hold-{verb}"));

    /// <summary>The guest goes on.</summary>
    public async Task ThawGuestAsync()
    {
        foreach (var freeze in Directory.EnumerateFiles(_host["FAULTS"], "freeze-*"))
            File.Delete(freeze);
        if (File.Exists(PidFile))
            await Programs.SignalAsync(int.Parse(await File.ReadAllTextAsync(PidFile)), "CONT");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.MendAsync();
        await ThawGuestAsync();
    }

    private string PidFile => Path.Combine(_host["HOME"], "run/libvirt/qemu/run", $"{lab.DomainNameOf(node)}.pid");

    private async Task AddAsync(params IReadOnlyList<string> files)
    {
        foreach (var file in files)
            await File.WriteAllTextAsync(Path.Combine(_host["FAULTS"], file), "");
        foreach (var program in (string[])["virsh", "qemu-img"])
            await _host.BreakAsync(program, Script.Replace("PIDFILE", PidFile, StringComparison.Ordinal));
    }
}
