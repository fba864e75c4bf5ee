using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;

namespace Provisioning.Api.Provisioners;

/// <summary>Standalone machines that are reached by nothing but SSH, as lab machines are: they are prepared and verified, never imaged.</summary>
public sealed class LabSpec
{
    /// <summary>
    /// Address to which the packet that wakes a machine is sent: the broadcast address of its network, or of a relay. The operator sends it itself, so routers in between must let
    /// directed broadcasts pass, or the operator must run with the host's network.
    /// </summary>
    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.Address)]
    public string WakeOnLanAddress { get; set; } = "255.255.255.255";

    /// <summary>UDP port for that packet.</summary>
    [Range(1, 65535)]
    public int WakeOnLanPort { get; set; } = 9;
}
