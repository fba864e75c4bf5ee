using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>With simulated machines too, whose library says that it has every image.</summary>
/// <param name="bed">The bed.</param>
public sealed class SimulatedLab(TestBed bed) : BadInputLab(bed)
{
    /// <summary>Name of the Provisioner of simulated machines.</summary>
    public const string Simulated = "simulated";

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Lab.Kubectl.ApplyAsync(NewSimulated());
    }

    /// <summary>A Provisioner whose machines change in an instant.</summary>
    public static Provisioner NewSimulated() => new()
    {
        Metadata = new() { Name = Simulated },
        Spec = new() { Type = ProvisionerType.Simulated, Simulated = new() { LoadSeconds = 0, CaptureSeconds = 0, PowerSeconds = 0 }, Timeouts = new() { ObserveSeconds = 3 } },
    };
}
