using System.Text;
using Provisioning.Api.Machines;
using Provisioning.Hostile.Tests.Fuzzing;
using Provisioning.OperatingSystems.CurrentImages;
using Provisioning.OperatingSystems.Steps;
using Provisioning.OperatingSystems.Windows;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>What machines say: their root may be anybody. Linux and Windows answer in the same form.</summary>
internal static class GuestTargets
{
    private static readonly string[] FileWords = ["imagerevision_id=", "provisioning_operation_id=", "provisioning_digest=", "vcld_post_load=", "vcld_tainted=", "id=", "prettyname=", "web@2", "\n", "\r\n"];

    private static readonly string[] AnswerWords =
        ["provisioning-step: ", "changed", "unchanged", "skipped", "failed", "running", "host-key ", "new-host-key ", "output ", "output64 ", "exit-code ", "boot-id ", "contents ", "missing", "unreadable ", "ssh-ed25519 AAAA", "\n", "!stderr\n"];

    private const string Mark = "provisioning-0123456789abcdef";

    private static readonly string[] PowerShellWords =
        [Mark, Mark + "\r\n", "#< CLIXML\r\n", "<Objs Version=\"1.1.0.1\">", "<S S=\"Error\">", "<S S=\"Warning\">", "</S>", "_x000D__x000A_", "_x005F_", "_xD800_", "_x001B_", "&lt;", "&#x1b;", "&amp;", "\n!stderr\n", "provisioning-step: changed"];

    public static IReadOnlyList<Target> All { get; } = [new("current-image", FileWords, ReadFile), new("machine-answer", AnswerWords, ReadMachine), new("step-answer", AnswerWords, ReadStep), new("powershell-output", PowerShellWords, ReadPowerShell)];

    private static void ReadFile(byte[] bytes)
    {
        var facts = CurrentImageRules.Read(bytes);
        Promises.StatusIsClean(Promises.Seen(facts.Image, facts.Configured, facts.Tainted));
        if (facts.Image.Found == FactValue.Yes)
        {
            Promises.IsClean(facts.Image.Name, 253);
            Promises.IsClean(facts.Image.RevisionId, 320);
            BrokenPromiseException.Unless(Encoding.UTF8.GetString(bytes).Contains($"imagerevision_id={facts.Image.RevisionId}", StringComparison.Ordinal) || HasPaddedRevision(bytes, facts.Image.RevisionId!), "it names an image that is not in the file");
        }

        if (CurrentImageFile.Parse(bytes, out _) is not { } file)
            return;

        // What is written back must read as the same, and the marks that are added must be found again.
        var again = CurrentImageFile.Parse(file.Render(), out var problem);
        BrokenPromiseException.Unless(bytes.Length > CurrentImageFile.MaximumBytes - 1024 || (again is not null && again.Lines.SequenceEqual(file.Lines)), $"what was written back reads as another file: {problem}");
        var marked = CurrentImageEdits.MarkConfigured(file, DateTimeOffset.UnixEpoch);
        BrokenPromiseException.Unless(marked.Has(CurrentImageKeys.PostLoad), "the mark is lost");
    }

    private static bool HasPaddedRevision(byte[] bytes, string revision) =>
        Encoding.UTF8.GetString(bytes).Split('\n').Any(line => line.StartsWith("imagerevision_id=", StringComparison.Ordinal) && line["imagerevision_id=".Length..].Trim() == revision);

    private static void ReadMachine(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var answer = MachineAnswer.Parse(result);
        Promises.StatusIsClean(Promises.Seen(answer.Facts.Image, answer.Facts.Configured, answer.Facts.Tainted, answer.BootId));
        BrokenPromiseException.Unless(answer.HostKeys.Count <= 8, "too many host keys");
        foreach (var key in answer.HostKeys)
            Promises.KeyIsPlain(key);
        if (answer.Facts.Image.Found != FactValue.Unknown || answer.BootId is not null)
            BrokenPromiseException.Unless(SaysItIsDone(result.Output, "unchanged") && result.IsSuccess, "an answer that did not come to its end was believed");
    }

    private static void ReadStep(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var answer = StepAnswer.Parse(result);
        Promises.IsClean(answer.Message, 1024);
        foreach (var line in (answer.Said ?? "").Split('\n'))
            Promises.IsClean(line, StepAnswer.MaximumOutput);
        BrokenPromiseException.Unless((answer.Said?.Length ?? 0) <= StepAnswer.MaximumOutput, "the output is too long");
        foreach (var key in answer.HostKeys.Concat(answer.NewHostKeys))
            Promises.KeyIsPlain(key);
        if (answer.State != StepState.Failed)
            BrokenPromiseException.Unless(result.IsSuccess && SaysItIsDone(result.Output, answer.State.ToString().ToLowerInvariant()), "a step that did not say so was believed");
    }

    private static void ReadPowerShell(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var clean = PowerShellOutput.Clean(result, Mark);
        BrokenPromiseException.Unless(result.Output.EndsWith(clean.Output, StringComparison.Ordinal) && clean.ExitCode == result.ExitCode && clean.OutputTruncated == result.OutputTruncated, "an answer that was not given");
        BrokenPromiseException.Unless(clean.Output.Length < result.Output.Length || !result.Output.Contains(Mark + "\n", StringComparison.Ordinal), "a greeting is taken for what the script said");
        BrokenPromiseException.Unless(clean.Error.Length <= result.Error.Length, "errors that nobody told");
        Promises.IsClean(StepAnswer.Parse(clean).Message, 1024);
    }

    private static bool SaysItIsDone(string output, string word) =>
        output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is [.., var last] && last == $"provisioning-step: {word}";
}
