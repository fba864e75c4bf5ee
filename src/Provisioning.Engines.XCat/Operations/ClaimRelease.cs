using System.Text.RegularExpressions;
using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>
/// Gives up the claims of a Node that goes, also those that it made under another machine name. The machine stays as it is, and so does the record of what is on it: that is true
/// whosever machine it is, and a Node that is created again knows its machine by it.
/// </summary>
internal static partial class ClaimRelease
{
    private const int Busy = 29;
    private const int StillSet = 31;

    /// <summary>
    /// Arguments: work directory, uid, owner, node to keep or nothing. An object that another of its name has come after has nothing to give up. A node that is set to boot from the
    /// network is not left to whoever comes next: its claim stays, and its name is printed.
    /// </summary>
    private const string Script =
        """
        LC_ALL=C; export LC_ALL; umask 077
        work=$1 uid=$2 owner=$3 keep=$4 left=0
        for claim in "$work"/nodes/*/owner; do
          who=; [ ! -f "$claim" ] || read -r who <"$claim"
          [ "$who" = "$owner" ] || continue
          dir=${claim%/owner}
          node=${dir##*/}
          fence=$work/.fences/$node
          [ "$node" != "$keep" ] || continue
          mkdir -p "$work/.fences" && : >>"$fence.lock" || exit 1
          exec 9>>"$fence.lock"
          flock -w 10 9 || { echo "$node"; exit 29; }
          ! grep -qxF -- "$uid" "$fence.retired" 2>/dev/null || continue
          if [ -f "$dir/deployment" ]; then echo "$node"; left=31; continue; fi
          rm -f -- "$claim" || exit 1
        done
        [ "$left" != 0 ] || echo released
        exit "$left"
        """;

    public static async Task<OperationOutcome> RunAsync(ManagementNode host, NodeTarget node, CancellationToken cancellationToken)
    {
        var machine = new ManagedNode(host.Spec, node);
        var result = await host.ReadAsync(Script, [host.Spec.WorkDirectory, node.Uid, machine.Owner, ""], cancellationToken);
        host.Forget(machine);
        return Judge(result, machine, host.Endpoint);
    }

    /// <summary>What the answer of the script means.</summary>
    internal static OperationOutcome Judge(SshResult result, ManagedNode machine, SshEndpoint endpoint)
    {
        // They stand in a command that is to be copied into a shell: what is no name of a node is not shown.
        var names = Excerpts.Of(string.Join(",", result.Output.Split('\n').Where(line => Name().IsMatch(line))));
        return result.ExitCode switch
        {
            0 when result.Output == "released\n" => OperationOutcome.Succeeded("The machine may be claimed by another Node."),
            Busy => Failed(Reasons.CommandFailed, $"Another operation is at work on the node {names}.", endpoint, machine),
            StillSet when names.Length > 0 => Failed(
                Reasons.CommandFailed, $"Still set to boot from the network, where they may be installed anew: {names}. Run 'nodeset {names} boot' on the management node.", endpoint, machine),
            _ => Failed(Reasons.UnexpectedAnswer, $"The management node {endpoint} answered something unexpected: {Excerpts.Of(result.Error + " " + result.Output)}", endpoint, machine),
        };
    }

    /// <summary>A Node that has claimed a machine under another machine name lets its former one go. What is in the way of that waits for the end of the Node.</summary>
    public static Task KeepOnlyAsync(ManagementNode host, NodeTarget node, CancellationToken cancellationToken) =>
        host.ReadAsync(Script, [host.Spec.WorkDirectory, node.Uid, new ManagedNode(host.Spec, node).Owner, node.MachineName], cancellationToken);

    private static OperationOutcome Failed(string reason, string what, SshEndpoint endpoint, ManagedNode machine) => OperationOutcome.Failed(reason,
        $"{what} Before another Node can have the machine, delete {machine.OwnerPath} on {endpoint.Address}, if it names {machine.Owner}.");

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Name();
}
