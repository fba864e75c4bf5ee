namespace Provisioning.EndToEnd.Bed;

/// <summary>The inside of a machine, over its own SSH server.</summary>
/// <param name="port">Port on 127.0.0.1 that leads to the guest's SSH server.</param>
/// <param name="key">Private key that root accepts.</param>
public sealed class Guest(int port, string key)
{
    /// <summary>Runs a shell script in the guest; success or not is for the caller to judge.</summary>
    public Task<ProgramResult> TryAsync(string script) => Programs.TryAsync("ssh",
    [
        "-F", "none", "-q", "-i", key, "-p", port.ToString(), "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes",
        "-o", "ConnectTimeout=90", "root@127.0.0.1", script,
    ]);

    /// <summary>Runs a shell script in the guest, which must succeed.</summary>
    public async Task<string> RunAsync(string script) => (await TryAsync(script)).Succeeded().TrimEnd('\n');

    /// <summary>Changes with every boot.</summary>
    public Task<string> BootIdAsync() => RunAsync("cat /proc/sys/kernel/random/boot_id");

    /// <summary>The SSH host key that the guest shows.</summary>
    public async Task<string> HostKeyAsync()
    {
        var line = (await Programs.RunAsync("ssh-keyscan", ["-t", "ed25519", "-p", port.ToString(), "-T", "90", "127.0.0.1"])).Split('\n').First(text => text.Contains("ssh-ed25519", StringComparison.Ordinal));
        return string.Join(' ', line.Split(' ')[1..3]);
    }
}
