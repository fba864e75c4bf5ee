using System.Diagnostics;
using System.Text;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Linux;

/// <summary>
/// A throw-away machine: a folder as root of its own mount, process and host-name spaces, in which the scripts run unchanged as root. Either with the programs of this
/// machine (/usr) under a chosen shell, or with busybox alone.
/// </summary>
internal sealed class GuestTree : ISshSession
{
    private readonly Process _first;
    private readonly int _pid;
    private readonly string _shell;

    private GuestTree(string root, string shell, Process first, int pid) => (Root, _shell, _first, _pid) = (root, shell, first, pid);

    public string Root { get; }

    public string HostKey => "ssh-ed25519 SHOWN";

    public static async Task<GuestTree> StartAsync(string shell)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare"), "needs root, to make a root file system and name spaces");
        Assert.SkipUnless(File.Exists("/usr/bin/busybox") && File.Exists("/usr/bin/dash"), "needs the packages busybox-static and dash");

        var root = Directory.CreateTempSubdirectory("guest-tree-").FullName;
        var start = new ProcessStartInfo("unshare", ["--mount", "--uts", "--pid", "--fork", "--kill-child=KILL", "bash", "-c", Build, "bash", root, shell])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var first = Process.Start(start)!;
        if (await first.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) != "ready")
            Assert.Fail(await first.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        var children = await File.ReadAllTextAsync($"/proc/{first.Id}/task/{first.Id}/children", TestContext.Current.CancellationToken);
        return new(root, shell, first, int.Parse(children.Trim()));
    }

    public async Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken)
    {
        options ??= new();
        var start = new ProcessStartInfo("nsenter",
        [
            $"--target={_pid}", "--mount", "--uts", "--pid", "/usr/sbin/chroot", Root,
            "/usr/bin/env", "-i", "HOME=/root", "PATH=/shell:/usr/sbin:/usr/bin:/sbin:/bin", _shell == "busybox" ? "/bin/sh" : $"/usr/bin/{_shell}", "-c", command.ToString(),
        ])
        { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(options.Input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A script that refuses may end before it reads its input; its answer counts.
        }

        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var truncated = output.Length > options.MaximumOutputBytes;
        return new(process.ExitCode, truncated ? output[..options.MaximumOutputBytes] : output, await error, truncated);
    }

    /// <summary>Runs a script inside, and expects success.</summary>
    public async Task<string> RunAsync(string script)
    {
        var result = await ExecuteAsync(ShellCommand.Script(script), null, TestContext.Current.CancellationToken);
        Assert.True(result.IsSuccess, result.Output + result.Error);
        return result.Output;
    }

    public string PathOf(string path) => Root + path;

    public string Read(string path) => File.ReadAllText(PathOf(path));

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text, new UTF8Encoding(false));
    }

    public void WriteProgram(string path, string text)
    {
        Write(path, text);
        File.SetUnixFileMode(PathOf(path), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A program that the scripts find before one of this machine, or that this machine lacks.</summary>
    public void WriteTool(string name, string text) => WriteProgram($"/local/{name}", text);

    public async ValueTask DisposeAsync()
    {
        // The first process of the space: all others in it end with it, and the mounts.
        _first.Kill();
        await _first.WaitForExitAsync();
        _first.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private const string Build = """
        set -eu
        root=$1 shell=$2
        mount --make-rprivate /
        mkdir -p "$root"/{proc,dev,etc/ssh,root,tmp,run,var/tmp,var/log,var/lib,shell,home,local}
        chmod 700 "$root/root"
        mount -t proc proc "$root/proc"
        mount --bind /dev "$root/dev"
        printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$root/etc/passwd"
        if [ "$shell" = busybox ]; then
            mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin}
            cp "$(command -v busybox)" "$root/bin/busybox"
            "$root/bin/busybox" --list | grep -vx busybox | while read -r each; do ln -s busybox "$root/bin/$each"; done
            ln -s /bin/env "$root/usr/bin/env"
            mkdir "$root/usr/local"
            ln -s /local "$root/usr/local/sbin"
        else
            mkdir "$root/usr"
            mount --bind -o ro /usr "$root/usr"
            mount --bind "$root/local" "$root/usr/local/sbin"
            cp -a /etc/alternatives "$root/etc/"
            for each in bin sbin lib lib64; do ln -s "usr/$each" "$root/$each"; done
            ln -s "/usr/bin/$shell" "$root/shell/sh"
            ssh-keygen -q -t ed25519 -N '' -C image -f "$root/etc/ssh/ssh_host_ed25519_key"
        fi
        echo ready
        exec sleep 900
        """;
}
