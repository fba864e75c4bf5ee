using System.Text.RegularExpressions;

namespace Provisioning.OperatingSystems.Steps;

/// <summary>The values that every step gets, in the order of common.sh.</summary>
internal sealed partial record StepArguments(
    string Stage,
    string Operation,
    string Load,
    string Hostname,
    string ImageName,
    string RevisionId,
    string Digest,
    string NodeNamespace,
    string NodeName)
{
    public static StepArguments None { get; } = new("observe", "", "", "", "", "", "", "", "");

    public static StepArguments For(CaptureIdentity identity) => Checked(new(
        "pre-capture", identity.OperationId, "", "", identity.ImageName, identity.RevisionId, "", identity.NodeNamespace, identity.NodeName));

    public static StepArguments For(LoadIdentity identity) => Checked(new(
        "post-load", identity.OperationId, identity.LoadOperationId, identity.Hostname, identity.ImageName, identity.RevisionId, identity.Digest,
        identity.NodeNamespace, identity.NodeName));

    public static StepArguments For(string stage, string operation) => Checked(None with { Stage = stage, Operation = operation });

    public string[] ToArray() => [Stage, Operation, Load, Hostname, ImageName, RevisionId, Digest, NodeNamespace, NodeName];

    // Ids become names of folders, and every value a line of a file.
    private static StepArguments Checked(StepArguments arguments)
    {
        if (!Id().IsMatch(arguments.Operation) || (arguments.Load.Length > 0 && !Id().IsMatch(arguments.Load)))
            throw new ArgumentException($"'{Text.Clean(arguments.Operation, 64)}' or '{Text.Clean(arguments.Load, 64)}' is no id of an operation.", nameof(arguments));
        if (arguments.Hostname.Length > 0 && !Name().IsMatch(arguments.Hostname))
            throw new ArgumentException($"'{Text.Clean(arguments.Hostname, 64)}' is no host name.", nameof(arguments));
        if (arguments.ToArray().Any(value => value.Length > 512 || value.Any(char.IsControl)))
            throw new ArgumentException("A value for a step is too long or holds control characters.", nameof(arguments));
        return arguments;
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]{0,62}[a-z0-9])?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();

    [GeneratedRegex(@"^(?=.{1,253}\z)[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
