using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Provisioners;

/// <summary>An installed provisioning engine: its endpoint, credentials, limits and timeouts. Nodes in the same namespace refer to it.</summary>
[KubernetesEntity("Provisioner", "provisioners", "pprov")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type=='Ready')].status", Description = "Whether the engine can be used.")]
[PrinterColumn("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason", Description = "Why, in one word; the message says more.")]
[PrinterColumn("Type", "string", ".spec.type")]
[PrinterColumn("Endpoint", "string", ".status.endpoint")]
[PrinterColumn("Version", "string", ".status.version")]
[PrinterColumn("Message", "string", ".status.conditions[?(@.type=='Ready')].message", Priority = 1)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class Provisioner : CustomKubernetesEntity<ProvisionerSpec, ProvisionerStatus>
{
    /// <inheritdoc/>
    public override string Kind { get; set; } = "Provisioner";
}

/// <summary>Which engine, and how to use it.</summary>
[Cel("self.type == 'Libvirt' ? has(self.libvirt) : !has(self.libvirt)", "must have the section libvirt if, and only if, type is Libvirt")]
[Cel("self.type == 'XCat' ? has(self.xcat) : !has(self.xcat)", "must have the section xcat if, and only if, type is XCat")]
[Cel("self.type == 'Configuration' ? has(self.configuration) : !has(self.configuration)", "must have the section configuration if, and only if, type is Configuration")]
[Cel("self.type == 'Lab' || !has(self.lab)", "must not have the section lab unless type is Lab")]
[Cel("self.type == 'Simulated' || !has(self.simulated)", "must not have the section simulated unless type is Simulated")]
[Cel("self.type == oldSelf.type", "must not change type: create another Provisioner")]
public sealed class ProvisionerSpec
{
    /// <summary>The engine. Newer operators may know more types than this list.</summary>
    [Required]
    public ProvisionerType Type { get; set; }

    /// <summary>Settings of type Libvirt.</summary>
    public LibvirtSpec? Libvirt { get; set; }

    /// <summary>Settings of type XCat.</summary>
    [JsonPropertyName("xcat")]
    public XCatSpec? XCat { get; set; }

    /// <summary>Settings of type Configuration.</summary>
    public ConfigurationSpec? Configuration { get; set; }

    /// <summary>Settings of type Lab; all are optional.</summary>
    public LabSpec? Lab { get; set; }

    /// <summary>Settings of type Simulated; all are optional.</summary>
    public SimulatedSpec? Simulated { get; set; }

    /// <summary>Limits that hold for all Nodes of this Provisioner together.</summary>
    public ProvisionerLimits Limits { get; set; } = new();

    /// <summary>How long things may take.</summary>
    public ProvisionerTimeouts Timeouts { get; set; } = new();

    /// <summary>The host of the engine; null for engines without one.</summary>
    [JsonIgnore]
    public SshHostSpec? Host => Type switch
    {
        ProvisionerType.Libvirt => Libvirt,
        ProvisionerType.XCat => XCat,
        ProvisionerType.Configuration => Configuration,
        _ => null,
    };
}

/// <summary>Engines.</summary>
public enum ProvisionerType
{
    /// <summary>Machines that exist in the operator's memory only, for trying out and for tests.</summary>
    Simulated,

    /// <summary>Virtual machines on a libvirt host that is reached by SSH.</summary>
    Libvirt,

    /// <summary>Nodes of an xCAT management node that is reached by SSH.</summary>
    XCat,

    /// <summary>Standalone machines that are reached by SSH only: prepared and verified, never imaged.</summary>
    Lab,

    /// <summary>Services and devices that are no computers, whose contents are their configuration.</summary>
    Configuration,
}

/// <summary>Limits of a Provisioner.</summary>
public sealed class ProvisionerLimits
{
    /// <summary>Operations at the same time. More wait in line, first come first served.</summary>
    [Range(1, 10000)]
    public int ConcurrentOperations { get; set; } = 4;

    /// <summary>SSH sessions to the endpoint at the same time, idle ones included. Provisioners that name the same address and port share them, and the smallest of their limits holds.</summary>
    [Range(1, 64)]
    public int Sessions { get; set; } = 4;

    /// <summary>Attempts at a destructive operation (Load, Unload) on one Node for the same goal, before it is Stalled until something changes. Attempts that left the machine untouched do not count.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 5;
}

/// <summary>Timeouts of a Provisioner, in seconds.</summary>
public sealed class ProvisionerTimeouts
{
    /// <summary>Longest time for one load.</summary>
    [Range(1, 604800)]
    public int LoadSeconds { get; set; } = 3600;

    /// <summary>Longest time for one capture.</summary>
    [Range(1, 604800)]
    public int CaptureSeconds { get; set; } = 21600;

    /// <summary>Longest time for powering on or off, or resetting.</summary>
    [Range(1, 86400)]
    public int PowerSeconds { get; set; } = 900;

    /// <summary>An operation that makes no progress for this long is given up. While a hook runs its own time limit holds, if that is longer.</summary>
    [Range(1, 86400)]
    public int NoProgressSeconds { get; set; } = 1200;

    /// <summary>How long a soft power-off may take before the hard one.</summary>
    [Range(0, 86400)]
    public int SoftPowerOffSeconds { get; set; } = 300;

    /// <summary>How long a machine may take from power-on until SSH answers.</summary>
    [Range(1, 86400)]
    public int BootSeconds { get; set; } = 600;

    /// <summary>How often a Node at rest is looked at.</summary>
    [Range(1, 86400)]
    public int ObserveSeconds { get; set; } = 300;

    /// <summary>How long a copy of an image that was fetched from another Provisioner may be without a Node that uses it, before it is deleted here. The last copy of an Image is never deleted.</summary>
    [Range(0, 315360000)]
    public int UnusedCopySeconds { get; set; } = 604800;
}

/// <summary>State of a Provisioner.</summary>
public sealed record ProvisionerStatus
{
    /// <summary>The metadata.generation that this status was computed from.</summary>
    [Range(0L, long.MaxValue)]
    public long ObservedGeneration { get; set; }

    /// <summary>Ready, Reconciling, Stalled, Reachable, CredentialsValid.</summary>
    [ListMap("type"), Items(16)]
    public IList<Condition> Conditions { get; set; } = [];

    /// <summary>The type of the engine that was first used. A spec that names another one later is not used: its machines are known to that engine only.</summary>
    public ProvisionerType? Type { get; set; }

    /// <summary>Where the engine is, for people.</summary>
    [StringLength(300)]
    public string? Endpoint { get; set; }

    /// <summary>Version of what drives the machines, as it reports itself.</summary>
    [StringLength(128)]
    public string? Version { get; set; }

    /// <summary>Verbs that this engine has; others are answered NotSupported.</summary>
    [Items(32, MaximumItemLength = 64)]
    public IList<string> Capabilities { get; set; } = [];

    /// <summary>Looks at the endpoint that failed in a row, also for want of a login, and when the next one is due; absent while it answers. A login that is what is wrong is looked for sooner.</summary>
    public AttemptStatus? Retry { get; set; }
}
