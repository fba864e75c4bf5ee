using System.Diagnostics;
using System.Reflection;
using Provisioning.Engines.Configuration;
using Provisioning.Engines.Libvirt;
using Provisioning.Engines.XCat;
using Provisioning.OperatingSystems.Linux;
using Provisioning.Ssh;

namespace Provisioning.Hostile.Tests.Injection;

/// <summary>
/// Every script of every engine, in a real shell, with each of its values an attempt to inject: as if neither the schema nor the API server had looked at them. All
/// programs that the scripts could call are stand-ins that do nothing, except the one that an injection would call.
/// </summary>
public sealed class ScriptInjectionTests : IDisposable
{
    private const int MostArguments = 12;
    private const string Victim = "injected";

    private static readonly string[] Attempts =
    [
        "$(injected)", "`injected`", "'; injected; '", "\"; injected; \"", "x; injected", "x\ninjected\n", "| injected", "&& injected", "$((a[$(injected)]))", "-oProxyCommand=injected", "--help", "../../../x", "* ? [a-z]", "\\", "%s%n", "{}",
    ];

    /// <summary>One of their arguments is a program by design: a command that the administrator wrote into the Provisioner, or a script of ours to run as a job.</summary>
    private static readonly string[] TakePrograms = ["Provisioning.Engines.Configuration", "Provisioning.Ssh.Jobs"];

    private static readonly string[] StandIns =
    [
        "virsh", "qemu-img", "sha256sum", "flock", "setsid", "stat", "df", "cat", "cp", "mv", "rm", "ln", "mkdir", "touch", "chmod", "chown", "sync", "head", "tail", "tr", "cut", "sed", "grep", "awk", "sleep", "nodeset", "rpower", "lsdef", "chdef",
        "imgcapture", "rinv", "rsetboot", "makedhcp", "find", "sort", "od", "base64", "tar", "id", "mktemp", "rmdir", "ls", "ps", "kill", "timeout", "nohup", "date", "wc", "uname", "hostname", "ssh-keygen", "dd", "truncate", "basename", "dirname", "expr", "tee", "xargs", "env", "cmp", "diff", "readlink", "realpath", "logger",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-injection-");

    public static TheoryData<string> Names => [.. Scripts.Keys.Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> Scripts { get; } = Find();

    private string Mark => Path.Combine(_folder.FullName, "mark");

    [Fact]
    public void The_scripts_are_found() => Assert.True(Scripts.Count > 25, $"Only {Scripts.Count} scripts: {string.Join(", ", Scripts.Keys)}");

    [Fact]
    public async Task The_trap_works()
    {
        MakePrograms();
        await RunAsync("eval \"$1\"", "injected");
        Assert.True(File.Exists(Mark), "A script that evaluates its argument must be caught.");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_value_becomes_a_command(string name)
    {
        MakePrograms();
        foreach (var attempt in Attempts)
        {
            await RunAsync(Scripts[name], attempt);
            Assert.False(File.Exists(Mark), $"{name} ran what was in a value: {attempt}");
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static Dictionary<string, string> Find()
    {
        Dictionary<string, string> scripts = new(StringComparer.Ordinal);
        foreach (var type in new[] { typeof(LibvirtEngineFactory), typeof(XCatEngineFactory), typeof(ConfigurationEngineFactory), typeof(ShellCommand) }.SelectMany(type => type.Assembly.GetTypes()).Where(type => type.Name.EndsWith("Scripts", StringComparison.Ordinal)))
        {
            if (TakePrograms.Any(space => type.Namespace!.StartsWith(space, StringComparison.Ordinal)))
                continue;
            foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static).Where(field => field.IsLiteral && field.FieldType == typeof(string)))
            {
                if (field.GetRawConstantValue() is string text && text.Contains('\n'))
                    scripts[$"{type.Namespace}.{type.Name}.{field.Name}"] = text;
            }
        }

        scripts["Linux.Observe"] = LinuxScripts.Observe;
        return scripts;
    }

    private void MakePrograms()
    {
        var programs = _folder.CreateSubdirectory("bin").FullName;
        File.WriteAllText(Path.Combine(programs, "nothing"), "#!/bin/sh\nexit 1\n");
        File.WriteAllText(Path.Combine(programs, Victim), $"#!/bin/sh\necho >'{Mark}'\n");
        foreach (var name in new[] { "nothing", Victim })
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(programs, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (var name in StandIns.Where(name => !File.Exists(Path.Combine(programs, name))))
            File.CreateSymbolicLink(Path.Combine(programs, name), Path.Combine(programs, "nothing"));
    }

    private async Task RunAsync(string script, string value)
    {
        // Through the same quoting as over SSH, and the login shell reads it first.
        var line = ShellCommand.Script(script, [.. Enumerable.Repeat(value, MostArguments)]).ToString();
        var work = _folder.CreateSubdirectory("work").FullName;
        var start = new ProcessStartInfo("/usr/bin/timeout", ["-s", "KILL", "2", "/bin/sh", "-c", $"ulimit -f 1024; {line}"]) { UseShellExecute = false, WorkingDirectory = work, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["PATH"] = Path.Combine(_folder.FullName, "bin") + ":/bin/nowhere";
        start.Environment["HOME"] = work;
        start.Environment["PROVISIONING_JOB"] = work;
        // The stand-in of sh is the real one.
        var shell = Path.Combine(_folder.FullName, "bin", "sh");
        if (!File.Exists(shell))
            File.CreateSymbolicLink(shell, "/bin/sh");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(output, error);
    }
}
