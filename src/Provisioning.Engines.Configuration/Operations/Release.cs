using Provisioning.Api;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Operations;

/// <summary>Gives up the claims of a Node that goes. Its content stays, and so do the copies that were kept of what others had put there.</summary>
internal static class Release
{
    private const int Busy = 29;
    private const int Unfinished = 31;

    /// <summary>Arguments: fence, uid, claims, owner, directory of the Node. Only the object that worked here last may let go: one of the same name may have come after it.</summary>
    private const string Script =
        """
        LC_ALL=C; export LC_ALL; umask 077
        [ -s "$1" ] || { echo none; exit; }
        exec 9>>"$1.lock"
        flock -w 10 9 || exit 29
        uid=; read -r uid rest <"$1"
        [ "$uid" = "$2" ] || { echo none; exit; }
        [ ! -s "$5/unfinished" ] || exit 31
        for claim in "$3"/*; do
          who=; [ ! -s "$claim" ] || read -r who <"$claim"
          [ "$who" != "$4" ] || rm -f -- "$claim" || exit 1
        done
        # Without it the image that was applied is no longer in use.
        rm -f -- "$5/applied" && echo released
        """;

    public static async Task<OperationOutcome> RunAsync(ServiceHost host, NodeTarget node, CancellationToken cancellationToken)
    {
        var service = new Service(host.Spec, node);
        var result = await host.ReadAsync(Script, [service.FenceFile, node.Uid, service.ClaimDirectory, service.Owner, service.Directory], cancellationToken);
        return result.ExitCode switch
        {
            0 when result.Output is "released\n" => OperationOutcome.Succeeded("The content may be claimed by another Node."),
            0 when result.Output is "none\n" => OperationOutcome.Succeeded("The Node has no claim."),
            Busy => OperationOutcome.Failed(Reasons.CommandFailed, $"Another operation is at work on {service.Place}. {ByHand(host, service)}"),
            Unfinished => OperationOutcome.Failed(Reasons.CommandFailed, $"Replacing {service.Place} began and came to no end; the content from before is in {service.Directory}/old. Put it in place. {ByHand(host, service)}"),
            _ => OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"{host.Endpoint.Address} answered something unexpected: {JobOutcomes.LastLines(result.Output + result.Error)} {ByHand(host, service)}"),
        };
    }

    private static string ByHand(ServiceHost host, Service service) =>
        $"Before another Node can have it, remove the files in {service.ClaimDirectory} on {host.Endpoint.Address} that name {service.Owner}.";
}
