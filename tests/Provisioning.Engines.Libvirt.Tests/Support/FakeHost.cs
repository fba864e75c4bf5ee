using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Support;

/// <summary>
/// A VM host without libvirt: our real scripts run in a real shell with the real qemu-img, and virsh is a script that keeps its machines in files and logs what
/// it is told to do. The connection can be cut before or after any command.
/// </summary>
internal sealed class FakeHost : ISshConnector, IDisposable
{
    private const string Virsh =
        """
        #!/bin/sh
        state=@ROOT@/domains
        [ ! -e @ROOT@/lie ] || exec sh @ROOT@/lie "$@"
        [ "$1" = -q ] && [ "$2" = -c ] || { echo 'error: options' >&2; exit 1; }
        shift 3
        verb=$1; shift
        case $verb in
          version) echo 'Using library: libvirt 9.0.0'; echo 'Running hypervisor: QEMU 7.2.22'; exit 0 ;;
          list)
            for domain in "$state"/*.xml; do
              [ -e "$domain" ] || continue
              uuid=$(basename "$domain" .xml)
              case "$*" in *--name*) echo "$uuid $(sed -n 's,.*<name>\(.*\)</name>.*,\1,p' "$domain" | head -n 1)" ;; *) echo "$uuid" ;; esac
            done
            echo; exit 0 ;;
        esac
        if [ "$verb" = define ]; then
          uuid=$(sed -n 's,.*<uuid>\(.*\)</uuid>.*,\1,p' "$1" | head -n 1)
          echo "define $uuid" >>@ROOT@/effects
          cp "$1" "$state/$uuid.xml"; [ -e "$state/$uuid.state" ] || echo 'shut off' >"$state/$uuid.state"; exit 0
        fi
        for uuid; do :; done
        [ -e "$state/$uuid.xml" ] || { echo "error: failed to get domain '$uuid'" >&2; exit 1; }
        now=$(cat "$state/$uuid.state")
        become() { echo "$verb $uuid" >>@ROOT@/effects; echo "$1" >"$state/$uuid.state"; }
        off() { [ "$now" != 'shut off' ] || { echo 'error: Requested operation is not valid: domain is not running' >&2; exit 1; }; }
        case $verb in
          domstate) echo "$now"; echo ;;
          dumpxml) cat "$state/$uuid.xml" ;;
          start) [ "$now" = 'shut off' ] || { echo 'error: Domain is already active' >&2; exit 1; }; become running; echo x >>@ROOT@/boots ;;
          destroy) off; become 'shut off' ;;
          shutdown) off; if [ -e @ROOT@/deaf ]; then echo "shutdown $uuid" >>@ROOT@/effects; else become 'shut off'; fi ;;
          reset) off; become running; echo x >>@ROOT@/boots ;;
          undefine) become gone; rm -f "$state/$uuid.xml" "$state/$uuid.state" ;;
          *) echo "error: unknown command: '$verb'" >&2; exit 1 ;;
        esac
        """;

    private readonly string _shims;
    private int _commands;

    public FakeHost()
    {
        Root = Directory.CreateTempSubdirectory("provisioning-fakehost-").FullName;
        _shims = Directory.CreateDirectory(Path.Combine(Root, "bin")).FullName;
        Directory.CreateDirectory(Path.Combine(Root, "domains"));
        Directory.CreateDirectory(Path.Combine(Root, "images"));
        Shim("virsh", Virsh.Replace("@ROOT@", Root, StringComparison.Ordinal));
        Guest = new(this);
    }

    public string Root { get; }

    public FakeGuest Guest { get; }

    /// <summary>Number of the command whose answer is lost, from 0; null for none.</summary>
    public int? LostAnswer { get; set; }

    /// <summary>Number of the command that never arrives.</summary>
    public int? LostCommand { get; set; }

    public int Commands => _commands;

    public SshFailureKind? Refusal { get; set; }

    public IReadOnlyList<string> Effects => File.Exists(EffectsPath) ? File.ReadAllLines(EffectsPath) : [];

    public int Boots => File.Exists(Path.Combine(Root, "boots")) ? File.ReadAllLines(Path.Combine(Root, "boots")).Length : 0;

    public LibvirtSpec Spec => new()
    {
        Address = "vmhost",
        User = "vm",
        HostKeys = ["ssh-ed25519 AAAA"],
        Uri = "qemu:///session",
        ImageDirectory = Path.Combine(Root, "images"),
        MachineDirectory = Path.Combine(Root, "machines"),
        DomainType = LibvirtDomainType.Qemu,
        Installation = "test",
    };

    public ProvisionerTarget Provisioner => new()
    {
        Namespace = "lab", Name = "host", Spec = new() { Type = ProvisionerType.Libvirt, Libvirt = Spec }, Credentials = Login,
    };

    public static Credentials Login => new("login", "1", new("key"), null, null);

    private string EffectsPath => Path.Combine(Root, "effects");

    public static NodeTarget Node(OperatingSystemType system = OperatingSystemType.Linux) => new()
    {
        Namespace = "lab",
        Name = "node-1",
        Uid = "uid-1",
        Credentials = Login,
        Spec = new() { OperatingSystem = new() { Type = system, Address = "guest" } },
    };

    public async Task<ImageTarget> MakeImageAsync(string name, string size = "8M")
    {
        var fileName = $"{name}.qcow2";
        var path = Path.Combine(Spec.ImageDirectory, fileName);
        await ShellAsync($"qemu-img create -q -f qcow2 '{path}' {size} && qemu-io -f qcow2 -c 'write -P {name.Length} 0 1M' '{path}'");
        var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
        return new() { Name = name, Revision = "1", Digest = $"sha256:{digest}", Format = ImageFormat.Qcow2, FileName = fileName, SshHostKeys = [FakeGuest.ImageKey] };
    }

    /// <summary>Puts a program before the host's own one of that name.</summary>
    public void Shim(string name, string script)
    {
        var path = Path.Combine(_shims, name);
        File.WriteAllText(path, script.StartsWith("#!", StringComparison.Ordinal) ? script : $"#!/bin/sh\n{script}\n");
        using var chmod = Process.Start("chmod", ["700", path]);
        chmod.WaitForExit();
    }

    /// <summary>A machine as a load through virsh leaves it.</summary>
    public void Define(string uuid, string definition, bool isOn)
    {
        File.WriteAllText(Path.Combine(Root, "domains", uuid + ".xml"), definition + "\n");
        File.WriteAllText(Path.Combine(Root, "domains", uuid + ".state"), isOn ? "running\n" : "shut off\n");
        File.AppendAllText(EffectsPath, $"define {uuid}\nstart {uuid}\n");
        File.AppendAllText(Path.Combine(Root, "boots"), "x\n");
    }

    public void Touch(string name, string content = "") => File.WriteAllText(Path.Combine(Root, name), content);

    public Task<ISshSession> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (endpoint.Address == "guest")
            return Guest.ConnectAsync(endpoint);
        if (Refusal is { } kind)
            throw new SshFailureException(kind, "The VM host does not let us in.");
        return Task.FromResult<ISshSession>(new LocalSession(this));
    }

    public async Task<SshResult> ShellAsync(string command, SshExecuteOptions? options = null)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        start.Environment["PATH"] = $"{_shims}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
        using var process = Process.Start(start)!;
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        var error = process.StandardError.ReadToEndAsync();
        if (options is { Input.IsEmpty: false })
            await process.StandardInput.BaseStream.WriteAsync(options.Input);
        process.StandardInput.Close();
        await Task.WhenAll(reading, error);
        await process.WaitForExitAsync();
        return options is { Binary: true }
            ? new(process.ExitCode, "", await error, OutputTruncated: false) { Bytes = output.ToArray() }
            : new(process.ExitCode, Encoding.UTF8.GetString(output.ToArray()), await error, OutputTruncated: false);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private sealed class LocalSession(FakeHost host) : ISshSession
    {
        public string HostKey => "ssh-ed25519 AAAA";

        public async Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken)
        {
            var number = host._commands++;
            if (number == host.LostCommand)
                throw new SshFailureException(SshFailureKind.ConnectionLost, "The command was lost.");
            var result = await host.ShellAsync(command.ToString(), options);
            return number == host.LostAnswer ? throw new SshFailureException(SshFailureKind.ConnectionLost, "The answer was lost.") : result;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
