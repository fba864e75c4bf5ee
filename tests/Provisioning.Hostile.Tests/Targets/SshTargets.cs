using System.Text;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Hostile.Tests.Fuzzing;
using Provisioning.OperatingSystems.Steps;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>Reports of detached jobs, and host keys.</summary>
internal static class SshTargets
{
    private static readonly string[] JobWords = ["state=", "running", "unborn", "exited", "lost", "fenced", "busy", "unusable", "code=", "progress=", "started=1", "detail=", "log=\n", "\n" + JobScripts.EndMark + "\n", JobScripts.EndMark, "(12.34/100%)", "10 20", "No space left on device", "\n"];

    public static IReadOnlyList<Target> All { get; } =
        [new("job-report", JobWords, ReadJob), new("host-key", ["\0\0\0\vssh-ed25519", "\0\0\0\assh-rsa", "ssh-ed25519", "SHA256:", "AAAAC3NzaC1lZDI1NTE5AAAAI", " ", "="], ReadKey)];

    private static void ReadJob(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var report = JobReportParser.Parse(result);
        if (report.State is not JobState.Unreadable)
            BrokenPromiseException.Unless(result.IsSuccess && result.Output.EndsWith($"\n{JobScripts.EndMark}\n", StringComparison.Ordinal), "a report that broke off was believed");
        if (report.Succeeded)
            BrokenPromiseException.Unless(result.Output.Contains("state=exited", StringComparison.Ordinal) && result.Output.Contains("code=0", StringComparison.Ordinal), "success that nobody reported");

        var percent = JobOutcomes.Percent(report);
        BrokenPromiseException.Unless(percent is null or (>= 0 and <= 100), $"{percent} percent");
        var outcome = JobOutcomes.Pending(report, "Step", "doing something", before: null);
        BrokenPromiseException.Unless((outcome is null) == report.Succeeded, "a job that did not succeed is taken for done");
        if (outcome is not null)
            StatusOf(outcome);
    }

    private static void StatusOf(OperationOutcome outcome) => Status.OperationStatuses.Check(outcome, OperationKind.Load);

    private static void ReadKey(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        Promises.KeyIsPlain(HostKeys.ToText(bytes.AsSpan(0, Math.Min(bytes.Length, 600))));
        Promises.IsClean(HostKeys.Fingerprint(bytes), 64);
        if (PublicKeys.IsValid(text))
            Promises.KeyIsPlain(text);
        _ = HostKeys.Fingerprints([text, text]);
        _ = HostKeys.PreferredAlgorithms([text]);

        // An empty or garbled line in a list of accepted keys accepts nobody.
        byte[] honest = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. new byte[32]];
        if (HostKeys.IsAccepted(honest, [text]))
            BrokenPromiseException.Unless(text.Contains(Convert.ToBase64String(honest), StringComparison.Ordinal) || text.Contains(HostKeys.Fingerprint(honest), StringComparison.Ordinal), "a key that nobody listed is accepted");
    }
}
