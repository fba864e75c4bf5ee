using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Configuration;

/// <summary>Whether a host can be used, and if not, what it lacks.</summary>
internal static class HostProbe
{
    private const string Script =
        """
        LC_ALL=C; export LC_ALL
        for program in sha256sum flock setsid stat timeout grep sed tail head; do
          command -v "$program" >/dev/null 2>&1 || echo "missing $program"
        done
        for directory in "$@"; do
          parent=$directory
          case $parent in /*) ;; *) parent=/$parent ;; esac
          while [ ! -e "$parent" ]; do parent=${parent%/*}; [ -n "$parent" ] || parent=/; done
          [ -d "$parent" ] && [ -w "$parent" ] && [ -x "$parent" ] || echo "unwritable $directory"
        done
        echo "version $(uname -sr | head -c 100)"
        """;

    public static async Task<EngineReport> RunAsync(ServiceHost host, CancellationToken cancellationToken)
    {
        var place = host.Endpoint.ToString();
        try
        {
            var result = await host.ReadAsync(Script, [host.Spec.ImageDirectory, host.Spec.WorkDirectory], cancellationToken);
            var (fact, version) = Judge(result, host.Endpoint);
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

    private static (Fact Reachable, string? Version) Judge(SshResult result, SshEndpoint endpoint)
    {
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToList();
        List<string> problems =
        [
            .. lines.Where(words => words[0] == "missing").Select(words => $"the program {words[^1]} is missing (on Debian install util-linux and coreutils)"),
            .. lines.Where(words => words[0] == "unwritable").Select(words => $"the directory {words[^1]} cannot be written or made by the user {endpoint.User} (make it and give it to that user)"),
        ];
        if (problems.Count > 0)
            return (Fact.Not(Reasons.ProvisionerNotReady, $"The host {endpoint} cannot be used: {string.Join("; ", problems)}."), null);
        return result.IsSuccess && lines is [["version", var version]]
            ? (Fact.Yes, JobOutcomes.LastLines(version))
            : (Fact.Unknown(Reasons.UnexpectedAnswer, $"The host {endpoint} answered something unexpected: {JobOutcomes.LastLines(result.Output + result.Error)}"), null);
    }
}
