using System.Text.RegularExpressions;

namespace Provisioning.Benchmarks.VirtualMachines;

/// <summary>The same machine by the bare commands: an overlay, a definition, a start, and SSH that answers.</summary>
internal sealed partial class BareMachine(VmHost host, string definition, int port, TimeProvider time)
{
    private const string Name = "bare";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(250);

    private string Disk => $"{host["DISKS"]}/{Name}.qcow2";

    /// <summary>Takes the definition of a machine that the operator made, and makes it one that it does not know.</summary>
    public static async Task<BareMachine> LikeAsync(VmHost host, string domain, int port, TimeProvider time, CancellationToken cancellationToken)
    {
        var xml = await host.RunAsync($"virsh -q dumpxml --inactive {domain}", cancellationToken);
        xml = Identity().Replace(xml, "");
        xml = DomainName().Replace(xml, $"<name>{Name}</name>");
        // The folder of the Node's machine goes with its Node.
        xml = ConsoleFile().Replace(xml, $"'{host["DISKS"]}/{Name}.console'");
        return new(host, DiskFile().Replace(xml, $"<source file='{host["DISKS"]}/{Name}.qcow2'/>", 1), port, time);
    }

    /// <summary>From the first command until the guest has said by SSH which image it runs.</summary>
    public async Task<TimeSpan> MakeAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var script = $"""
            set -e
            qemu-img create -q -f qcow2 -b '{host["IMAGES"]}/{VmHost.ImageName}.qcow2' -F qcow2 '{Disk}'
            cat >'{Disk}.xml' <<'XML'
            {definition}
            XML
            virsh -q define '{Disk}.xml'
            virsh -q start {Name}
            """;
        await host.RunAsync(script, cancellationToken);
        while (await host.AskGuestAsync(port, cancellationToken) is not { Length: > 0 })
        {
            if (time.GetElapsedTime(began) > Patience)
                throw new BenchmarkException($"The machine made by hand does not answer by SSH on port {port} after {Patience.TotalMinutes:0} minutes.");
            await Task.Delay(ProbeInterval, time, cancellationToken);
        }

        return time.GetElapsedTime(began);
    }

    /// <summary>Removes it.</summary>
    public Task RemoveAsync(CancellationToken cancellationToken) =>
        host.RunAsync($"virsh -q destroy {Name}; virsh -q undefine --nvram {Name} 2>&1 || virsh -q undefine {Name}; rm -f '{Disk}' '{Disk}.xml' '{host["DISKS"]}/{Name}.console'", cancellationToken);

    [GeneratedRegex(@"<metadata>.*?</metadata>|<uuid>.*?</uuid>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Identity();

    [GeneratedRegex("<name>.*?</name>", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex DomainName();

    [GeneratedRegex("'[^']*/console.log'", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex ConsoleFile();

    [GeneratedRegex("<source file='[^']*'[^>]*/?>", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex DiskFile();
}
