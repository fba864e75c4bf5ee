using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Hosts;

/// <summary>Whether a management node can be used, and if not, what it lacks.</summary>
internal static class HostProbe
{
    public static async Task<EngineReport> RunAsync(ManagementNode host, CancellationToken cancellationToken)
    {
        try
        {
            var result = await host.ReadAsync(LookScripts.Probe, [host.Spec.XCatRoot, host.Spec.WorkDirectory], cancellationToken);
            var (fact, version) = Judge(result, $"{host.Endpoint}", host.Spec.XCatRoot);
            return new(fact, Fact.Yes, $"{host.Endpoint}", version);
        }
        catch (SshFailureException failure)
        {
            var reason = SshReasons.OfHost(failure.Kind);
            var refused = failure.Kind is SshFailureKind.CredentialsRefused or SshFailureKind.CredentialsInvalid;

            // A host that does not answer may be rebooting; what it refuses, it goes on refusing.
            var answered = refused || failure.Kind is SshFailureKind.HostKeyMismatch or SshFailureKind.HostKeyUnknown;
            return new(answered ? Fact.Not(reason, failure.Message) : Fact.Unknown(reason, failure.Message), refused ? Fact.Not(reason, failure.Message) : Fact.Unknown(reason, failure.Message), $"{host.Endpoint}", null);
        }
    }

    internal static (Fact Reachable, string? Version) Judge(SshResult result, string place, string root)
    {
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<string> problems = [];
        foreach (var words in lines.Select(line => line.Split(' ', 2)))
        {
            switch (words[0])
            {
                case "missing":
                    problems.Add($"the program {words[^1]} is missing (commands of xCAT are looked for below {root}, see spec.xcat.xCatRoot)");
                    break;
                case "unwritable":
                    problems.Add($"the directory {words[^1]} cannot be written or made (make it and give it to the user)");
                    break;
                case "unusable":
                    problems.Add($"xcatd does not answer (start it; the user needs a certificate of xCAT's): {Excerpts.Of(words[^1])}");
                    break;
            }
        }

        if (problems.Count > 0)
            return (Fact.Not(Reasons.ProvisionerNotReady, $"The management node {place} cannot be used: {string.Join("; ", problems)}."), null);
        return result.IsSuccess && lines is [var only] && only.StartsWith("version ", StringComparison.Ordinal)
            ? (Fact.Yes, Excerpts.Of(only["version ".Length..]))
            : (Fact.Unknown(Reasons.UnexpectedAnswer, $"The management node {place} answered something unexpected: {Excerpts.Of(result.Output + result.Error)}"), null);
    }
}
