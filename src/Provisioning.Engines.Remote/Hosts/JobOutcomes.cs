using System.Globalization;
using System.Text.RegularExpressions;
using Provisioning.Api;
using Provisioning.Api.Text;
using Provisioning.Engines.Operations;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Remote.Hosts;

/// <summary>What follows from the state of a job.</summary>
public static partial class JobOutcomes
{
    private static readonly TimeSpan PollJob = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PollHost = TimeSpan.FromSeconds(5);

    /// <summary>The outcome of a job that has not ended with exit code 0; null for one that has.</summary>
    /// <param name="report">The report.</param>
    /// <param name="step">The step that the job belongs to.</param>
    /// <param name="doing">What the job does, as in "making the disk".</param>
    /// <param name="operation">The operation, for progress.</param>
    public static OperationOutcome? Pending(JobReport report, string step, string doing, OperationContext operation) =>
        Pending(report, step, doing, operation.Operation.ProgressPercent);

    /// <summary>The same for work that belongs to no operation.</summary>
    /// <param name="report">The report.</param>
    /// <param name="step">The step that the job belongs to.</param>
    /// <param name="doing">What the job does, as in "making the disk".</param>
    /// <param name="before">The progress that was told last, in percent.</param>
    public static OperationOutcome? Pending(JobReport report, string step, string doing, int? before)
    {
        switch (report.State)
        {
            case JobState.Running:
                var percent = Percent(report);
                return OperationOutcome.Running(step, $"{doing}{(percent is null ? "" : $", {percent} %")}", PollJob) with
                {
                    ProgressPercent = percent,
                    MadeProgress = report.StartedNow || (percent is not null && percent != before),
                };
            case JobState.Exited when report.ExitCode == 0:
                return null;
            case JobState.Exited:
                return Failed(report.Log, $"{doing} failed with exit code {report.ExitCode}");
            case JobState.Lost:
                return OperationOutcome.Failed(Reasons.OutcomeUnknown,
                    $"{doing} was begun and vanished without an exit code, as after a crash of the host. Look at the machine, then try again.");
            case JobState.Fenced:
                return OperationOutcome.Failed(Reasons.Fenced,
                    $"The host refused a late command: {report.Detail}. If the object was restored from a backup, delete the machine's file below " +
                    ".fences on the host.",
                    FailureKind.NeedsPerson);
            case JobState.Unusable:
                return Failed(report.Detail, "The directory for work records on the host cannot be used");
            default:
                return OperationOutcome.Running(step, $"{doing} waits: {report.Detail}", PollHost);
        }
    }

    /// <summary>Names a full disk by its name; everything else is a failed command with the end of what it said.</summary>
    public static OperationOutcome Failed(string log, string what)
    {
        var said = LastLines(log);
        return DiskSpace.IsFull(log)
            ? OperationOutcome.Failed(Reasons.DiskFull, $"{what}: the host has no space left. Free some in the directories of the Provisioner; then it goes on by itself. {said}", FailureKind.NeedsPerson)
            : OperationOutcome.Failed(Reasons.CommandFailed, $"{what}: {said}");
    }

    /// <summary>The end of what a command said: bounded, one line.</summary>
    public static string LastLines(string log)
    {
        var end = log.TrimEnd();
        return end.Length <= 400 ? PrintableText.Line(end) : "..." + PrintableText.Line(end[^400..]);
    }

    /// <summary>From "POSITION SIZE" that our scripts write, or from "(12.34/100%)" that qemu-img prints.</summary>
    public static int? Percent(JobReport report)
    {
        var words = report.Progress.Split(' ');
        if (words.Length == 2 && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0 && position <= size)
        {
            return (int)(position * 100.0 / size);
        }

        var matches = QemuProgress().Matches(report.Log);
        return matches.Count > 0 && double.TryParse(matches[^1].Groups["percent"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            ? (int)Math.Clamp(percent, 0, 100)
            : null;
    }

    [GeneratedRegex(@"\((?<percent>[0-9]{1,3}\.[0-9]{2})/100%\)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex QemuProgress();
}
