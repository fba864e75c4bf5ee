using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Text;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Hosts;

/// <summary>Whether a VM host can be used, and if not, what it lacks.</summary>
internal static class HostProbe
{
    public static async Task<EngineReport> RunAsync(VmHost host, CancellationToken cancellationToken)
    {
        var spec = host.Spec;
        var place = $"{host.Endpoint} {spec.Uri}";
        try
        {
            var result = await host.ReadAsync(HostScripts.Probe, [spec.Uri, spec.ImageDirectory, spec.MachineDirectory], cancellationToken);
            var (fact, version) = Judge(result, host.Endpoint, spec.Uri);
            return new(fact, Fact.Yes, place, version);
        }
        catch (SshFailureException failure)
        {
            var reason = SshReasons.OfHost(failure.Kind);
            var refused = failure.Kind is SshFailureKind.CredentialsRefused or SshFailureKind.CredentialsInvalid;

            // A host that does not answer may be rebooting; what it refuses, it goes on refusing.
            var answered = refused || failure.Kind is SshFailureKind.HostKeyMismatch or SshFailureKind.HostKeyUnknown;
            return new(answered ? Fact.Not(reason, failure.Message) : Fact.Unknown(reason, failure.Message), refused ? Fact.Not(reason, failure.Message) : Fact.Unknown(reason, failure.Message), place, null);
        }
    }

    internal static (Fact Reachable, string? Version) Judge(SshResult result, SshEndpoint endpoint, string uri)
    {
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<string> problems = [];
        foreach (var line in lines)
        {
            var words = line.Split(' ', 2);
            switch (words[0])
            {
                case "missing":
                    problems.Add($"the program {words[^1]} is missing (on Debian install libvirt-clients, qemu-utils, util-linux and coreutils)");
                    break;
                case "unwritable":
                    problems.Add($"the directory {words[^1]} cannot be written or made by the user {endpoint.User} (make it and give it to that user)");
                    break;
                case "unusable":
                    problems.Add($"virsh cannot use {uri} (start libvirtd, and log in as root for qemu:///system: libvirt keeps the disks of the system instance from other users): " +
                        $"{Excerpt(result.Error)}");
                    break;
                default:
                    break;
            }
        }

        if (problems.Count > 0)
            return (Fact.Not(Reasons.ProvisionerNotReady, $"The VM host {endpoint} cannot be used: {string.Join("; ", problems)}."), null);
        return result.IsSuccess && lines is [var only] && only.StartsWith("version ", StringComparison.Ordinal)
            ? (Fact.Yes, ShortVersion(only["version ".Length..]))
            : (Fact.Unknown(Reasons.UnexpectedAnswer, $"The VM host {endpoint} answered something unexpected: " +
                $"{Excerpt(result.Output + result.Error)}"), null);
    }

    /// <summary>From "...;Using library: libvirt 9.0.0;...;Running hypervisor: QEMU 7.2.22;".</summary>
    private static string ShortVersion(string text)
    {
        var parts = text.Split(';').Select(part => part.Split(": ", 2)).Where(part => part is ["Using library" or "Running hypervisor", _]).Select(part => part[1].Trim());
        return Excerpt(string.Join(", ", parts));
    }

    private static string Excerpt(string text) => PrintableText.Line(text.Length <= 200 ? text : text[..200]).Trim();
}
