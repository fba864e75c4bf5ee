using System.Security.Cryptography;
using System.Text;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Libvirt.Machines;

/// <summary>
/// The identity of a Node's virtual machine and the places of its files. All follows from installation, namespace and name, so that the machine is
/// found again whatever was lost.
/// </summary>
internal sealed class Machine
{
    // Any fixed value of our own does; it keeps our UUIDs apart from those of others who hash the same words.
    private static readonly Guid UuidNamespace = new("5f0b3a52-6f0e-4c0e-9d6f-0d8a3f3c7a11");

    private const int LongestDomainName = 63;

    public Machine(LibvirtSpec spec, NodeTarget node)
    {
        Spec = spec;
        Node = node;
        var identity = $"{spec.Installation}/{node.Namespace}/{node.Name}";
        Uuid = NameBasedUuid(identity);
        DomainName = Bounded($"{spec.Installation}-{node.Namespace}-{node.Name}", identity);
        Directory = $"{spec.MachineDirectory}/{Uuid}";
        FenceFile = $"{spec.MachineDirectory}/.fences/{Uuid}";
    }

    public LibvirtSpec Spec { get; }

    public NodeTarget Node { get; }

    public string Uuid { get; }

    public string DomainName { get; }

    public string Directory { get; }

    public string FenceFile { get; }

    public string RecordPath => $"{Directory}/{MachineRecord.FileName}";

    public string ConsolePath => $"{Directory}/console.log";

    public static string DiskName(string operationId) => $"disk-{operationId}.qcow2";

    public string DiskPath(string diskName) => $"{Directory}/{diskName}";

    public string ImagePath(string fileName) => $"{Spec.ImageDirectory}/{fileName}";

    public JobScope Scope(OperationContext operation) =>
        new(Directory, FenceFile, operation.Node.Uid, operation.Operation.Sequence, operation.Operation.Id);

    /// <summary>A stable, locally administered address of QEMU's usual range.</summary>
    public string MacAddress(string interfaceName)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Uuid}/{interfaceName}"));
        return $"52:54:00:{hash[0]:x2}:{hash[1]:x2}:{hash[2]:x2}";
    }

    private static string Bounded(string name, string identity)
    {
        if (name.Length <= LongestDomainName)
            return name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..8];
        return $"{name[..(LongestDomainName - 9)].TrimEnd('-', '.')}-{hash}";
    }

    /// <summary>UUID version 5 (RFC 9562).</summary>
    private static string NameBasedUuid(string name)
    {
        var input = (byte[])[.. UuidNamespace.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)];
#pragma warning disable CA5350 // The RFC prescribes SHA-1, and nothing rests on its strength here.
        var hash = SHA1.HashData(input);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString("D");
    }
}
