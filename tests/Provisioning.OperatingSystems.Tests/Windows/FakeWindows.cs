using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text;
using Provisioning.OperatingSystems.Windows;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Windows;

/// <summary>
/// A Windows that is played: a real PowerShell runs the real command line and the real scripts with real files in a folder, and the functions that the scripts call
/// for what is peculiar to Windows are answered here.
/// </summary>
public sealed class FakeWindows : ISshSession
{
    private readonly Runspace _runspace = NewRunspace();
    private readonly StringBuilder _said = new();

    static FakeWindows()
    {
        Environment.SetEnvironmentVariable("ProgramData", Path.GetTempPath());
        // What hooks are run with here: the script is one for sh.
        var tools = Directory.CreateTempSubdirectory("fake-windows-tools-").FullName;
        WriteTool(tools, "powershell.exe", "#!/bin/sh\nfor last; do :; done\nexec sh -c \"$(tail -c +4 \"$last\")\"\n");
        WriteTool(tools, "taskkill.exe", "#!/bin/sh\nkill -9 \"$4\"\n");
        Environment.SetEnvironmentVariable("PATH", $"{tools}:{Environment.GetEnvironmentVariable("PATH")}");
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("fake-windows-").FullName;

    public string State => Path.Combine(Root, "ProgramData", "provisioning");

    public string HostKey => "ssh-ed25519 SHOWN";

    public bool Administrator { get; set; } = true;

    public long BootTicks { get; set; } = 638_000_000_000_000_000;

    public ConcurrentDictionary<string, object> Registry { get; } = new(StringComparer.OrdinalIgnoreCase);

    public List<string> Ran { get; } = [];

    public List<string> Detached { get; } = [];

    public List<string> Devices { get; } = [];

    public int[] Licenses { get; set; } = [1];

    /// <summary>What the profile of the SSH server's shell prints before an answer.</summary>
    public string Greeting { get; set; } = "";

    /// <summary>What comes on standard error with every answer.</summary>
    public string Noise { get; set; } = "";

    /// <summary>Detached jobs are begun and never run.</summary>
    public bool LosesJobs { get; set; }

    /// <summary>Answers of programs: exit code and output; null for the usual ones.</summary>
    public Func<string, string[], (int, string)?> Programs { get; set; } = (_, _) => null;

    public Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken)
    {
        Assert.Equal(PowerShellCommand.Command.ToString(), command.ToString());
        var lines = Encoding.ASCII.GetString(options!.Input.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("script ", lines[0], StringComparison.Ordinal);
        var script = Encoding.UTF8.GetString(Convert.FromBase64String(lines[0][7..]));
        const string begin = "Say (Value 'mark')\n";
        Assert.Contains(begin, script, StringComparison.Ordinal);
        lines[0] = $"script {Convert.ToBase64String(Encoding.UTF8.GetBytes(script.Replace(begin, Overrides + begin, StringComparison.Ordinal)))}";

        lock (_said)
        {
            _said.Clear();
            using var shell = System.Management.Automation.PowerShell.Create(_runspace);
            _runspace.SessionStateProxy.SetVariable("fake", this);
            shell.AddScript(Encoding.Unicode.GetString(Convert.FromBase64String(command.ToString().Split(' ')[^1])));
            var left = shell.Invoke(lines);
            return Task.FromResult(new SshResult(0, Greeting + _said + string.Concat(left.Select(each => $"{each}\n")), Noise + string.Concat(shell.Streams.Error.Select(each => each.ToString())), OutputTruncated: false));
        }
    }

    public void Say(string text) => _said.AppendLine(text);

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    public object? GetValue(string path, string name) => Registry.GetValueOrDefault($@"{path}\{name}");

    public void SetValue(string path, string name, object value) => Registry[$@"{path}\{name}"] = value is PSObject wrapped ? wrapped.BaseObject : value;

    public void RemoveValue(string path, string name) => Registry.TryRemove($@"{path}\{name}", out _);

    public string[] Keys(string path) =>
        [.. Registry.Keys.Where(key => key.StartsWith(path + @"\", StringComparison.OrdinalIgnoreCase)).Select(key => key[(path.Length + 1)..].Split('\\')).Where(parts => parts.Length > 1).Select(parts => parts[0]).Distinct()];

    public object[] Run(string file, string[] arguments)
    {
        Ran.Add(string.Join(' ', [file, .. arguments]));
        var (code, output) = Programs(file, arguments) ?? Usual(file, arguments);
        return [code, output];
    }

    public void Start(string file, string[] arguments)
    {
        Detached.Add(string.Join(' ', [file, .. arguments]));
        if (LosesJobs || arguments is not [.., "-EncodedCommand", var encoded])
            return;
        var job = Task.Run(() =>
        {
            using var runspace = NewRunspace();
            using var shell = System.Management.Automation.PowerShell.Create(runspace);
            shell.AddScript(Encoding.Unicode.GetString(Convert.FromBase64String(encoded))).Invoke();
        });
        GC.KeepAlive(job);
    }

    public void Rename(string name)
    {
        SetValue(@"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName", "ComputerName", name);
        SetValue(@"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters", "NV Hostname", name);
    }

    public void Reboot()
    {
        BootTicks += TimeSpan.TicksPerMinute;
        SetValue(@"SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName", "ComputerName", GetValue(@"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName", "ComputerName")!);
    }

    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public void Write(string text, params string[] parts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(parts))!);
        File.WriteAllText(PathOf(parts), text);
    }

    public ValueTask DisposeAsync()
    {
        _runspace.Dispose();
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static (int, string) Usual(string file, string[] arguments)
    {
        if (file != "ssh-keygen.exe")
            return (0, "");
        var path = arguments[^1];
        if (arguments[0] == "-y")
            return File.Exists(path) && File.ReadAllText(path) is ['s', 's', 'h', ..] key ? (0, key) : (1, "not a key");
        var blob = (byte[])[0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. Guid.NewGuid().ToByteArray(), .. Guid.NewGuid().ToByteArray()];
        File.WriteAllText(path, $"ssh-ed25519 {Convert.ToBase64String(blob)}");
        File.WriteAllText(path + ".pub", File.ReadAllText(path));
        return (0, "");
    }

    private static Runspace NewRunspace()
    {
        var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        return runspace;
    }

    private static void WriteTool(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private const string Overrides = """
        function Say([string]$text) { $fake.Say($text) }
        function Folder([string]$name) { $fake.Folder($name) }
        function Test-Administrator { $fake.Administrator }
        function Get-RegistryValue([string]$path, [string]$name) { $fake.GetValue($path, $name) }
        function Set-RegistryValue([string]$path, [string]$name, $value, [string]$kind) { $fake.SetValue($path, $name, $value) }
        function Remove-RegistryValue([string]$path, [string]$name) { $fake.RemoveValue($path, $name) }
        function Get-RegistryKeys([string]$path) { $fake.Keys($path) }
        function Get-BootTicks { $fake.BootTicks }
        function Get-AbsentNetworkDevices { $fake.Devices }
        function Start-Detached([string]$file, [string[]]$arguments) { $fake.Start($file, $arguments) }
        function Set-ComputerName([string]$name) { $fake.Rename($name) }
        function Get-LicenseStatus { $fake.Licenses }
        function Write-Volume { }
        if (-not $fake.Administrator -or -not $values.ContainsKey('real')) {
            function Invoke-Program([string]$file, [string[]]$arguments, [int]$seconds) { $answer = $fake.Run($file, $arguments); [pscustomobject]@{ Code = $answer[0]; Output = $answer[1] } }
        }
        $script:state = Join (Folder 'ProgramData') 'provisioning'

        """;
}
