using System.Diagnostics;
using System.Text.RegularExpressions;
using Provisioning.Ssh;

namespace Provisioning.Hostile.Tests.Injection;

/// <summary>
/// A folder in which scripts run whose values mean harm. Programs that only read are the real ones; those that change something are stand-ins. Every program notices when a value came to
/// it in pieces, and one is there only to be called by an injection.
/// </summary>
internal sealed partial class ScriptRoom : IDisposable
{
    /// <summary>The program that an injection calls.</summary>
    public const string Victim = "injected";

    /// <summary>No program gets this word by itself, unless a value was split or taken for a pattern of file names.</summary>
    public const string Piece = "piece-of-a-value";

    private const int MostArguments = 12;

    private const int Seconds = 2;

    private static readonly string[] Readers =
        ["cat", "head", "tail", "tr", "cut", "sed", "grep", "awk", "sort", "od", "base64", "basename", "dirname", "wc", "cmp", "expr", "readlink", "date", "id", "uname", "stat", "df", "timeout", "env", "ls", "diff", "realpath", "sha256sum", "gzip"];

    private static readonly string[] Changers =
    [
        "virsh", "qemu-img", "flock", "setsid", "cp", "mv", "rm", "ln", "mkdir", "touch", "chmod", "chown", "sync", "nodeset", "rpower", "lsdef", "chdef", "mkdef", "rmdef", "nodels", "nodestat", "packimage", "imgcapture", "imgexport", "imgimport",
        "rinv", "rsetboot", "makedhcp", "find", "tar", "mktemp", "rmdir", "ps", "kill", "nohup", "hostname", "ssh-keygen", "dd", "truncate", "tee", "xargs", "logger", "du", "copycds", "tabdump", "xz", "bzip2", "zstd", "mkfifo", "cpio",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-injection-");

    public ScriptRoom()
    {
        Directory.CreateDirectory(Programs);
        Write("check", $"""for each; do [ "$each" != '{Piece}' ] || echo "$0 $*" >>'{Mark}'; done""");
        Write(Victim, $"echo \"$0 $*\" >>'{Mark}'");
        foreach (var name in Readers.Where(name => Real(name) is not null))
            Write(name, $". '{Programs}/check'; exec '{Real(name)}' \"$@\"");
        foreach (var name in Changers)
            Write(name, $". '{Programs}/check'; [ -z \"$WORLD_SUCCEEDS\" ] || {{ echo 1; exit 0; }}; exit 1");

        // A loop that waits does so once or twice.
        Write("sleep", $". '{Programs}/check'; echo >>\"$HOME/slept\"; [ \"$(wc -l <\"$HOME/slept\")\" -lt 3 ]");
        foreach (var (name, path) in new[] { ("sh", "/bin/sh"), ("real-sh", "/bin/sh"), ("real-bash", "/bin/bash") })
            File.CreateSymbolicLink(Path.Combine(Programs, name), path);
    }

    private string Programs => Path.Combine(_folder.FullName, "bin");

    private string Mark => Path.Combine(_folder.FullName, "mark");

    /// <summary>What was called that must not be; null for nothing. Asked once.</summary>
    public string? Caught()
    {
        if (!File.Exists(Mark))
            return null;
        var caught = File.ReadAllText(Mark);
        File.Delete(Mark);
        return caught;
    }

    /// <summary>
    /// Runs a script with each of its values the same. It does not end where it would refuse: what follows is what is to be looked at. Values are names of directories that exist, with files
    /// in them, as far as they can be. Where something is to be caught it has minutes for it: on a busy machine the dozen programs of a script can take long.
    /// </summary>
    public async Task RunAsync(string script, string value, string shell = "sh", bool succeeds = true, int seconds = Seconds)
    {
        // Deep enough that no way upwards leads out of the folder.
        var work = Directory.CreateDirectory(Path.Combine(_folder.FullName, "a/b/c/d/e/f/work")).FullName;
        File.WriteAllText(Path.Combine(work, Piece), "");
        if (!value.Contains('/', StringComparison.Ordinal) && value.Length < 80)
        {
            Directory.CreateDirectory(Path.Combine(work, value, ".verified"));
            File.WriteAllText(Path.Combine(work, value, value), value);
        }

        // Through the same quoting as over SSH, and the login shell reads it first.
        var line = ShellCommand.Script(GoesOn(script), [.. Enumerable.Repeat(value, MostArguments)]).ToString();
        var start = new ProcessStartInfo("/usr/bin/timeout", ["-s", "KILL", $"{seconds}", $"{Programs}/real-{shell}", "-c", $"ulimit -f 1024; {line.Replace("sh -c", $"real-{shell} -c", StringComparison.Ordinal)}"])
        {
            UseShellExecute = false, WorkingDirectory = work, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Programs;
        start.Environment["HOME"] = work;
        start.Environment["PROVISIONING_JOB"] = work;
        start.Environment["WORLD_SUCCEEDS"] = succeeds ? "1" : "";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(output, error);
        Directory.Delete(work, recursive: true);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A script that refuses goes on nevertheless, and so does one that cannot open a file: a shell ends where that happens to one of its special commands.</summary>
    private static string GoesOn(string script) => Special().Replace(Exit().Replace(script, "true"), "true ");

    private static string? Real(string name) => new[] { "/usr/bin", "/bin", "/usr/sbin" }.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private void Write(string name, string script)
    {
        var file = Path.Combine(Programs, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [GeneratedRegex(@"\bexit\b", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Exit();

    [GeneratedRegex(@"(?:\bexec |(?<!\S): )(?=[0-9]*>)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Special();
}
