using System.Text;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Images;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Remote.Images;
using Provisioning.Hostile.Tests.Fuzzing;
using Provisioning.Ssh;
using LibvirtFile = Provisioning.Engines.Libvirt.Images.ImageFileAnswer;
using LibvirtSpace = Provisioning.Engines.Libvirt.Images.CaptureSpace;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>What hosts say of the images that they have, receive and make.</summary>
internal static class LibraryTargets
{
    private static readonly string Hex = new('a', 64);

    private static readonly string[] Numbers = ["0", "1", "18014398509481984", "9007199254740993", "9223372036854775807", "9223372036854775808", "999999999999999999", "1000000000000000000", "99999999999999999999999999999999", " ", "\n", "!stderr\n"];

    public static IReadOnlyList<Target> All { get; } =
    [
        new("libvirt-image", ["missing", "file ", " ok ", " bad ", " no ", " fetched", " placed", Hex[..16], .. Numbers], ReadLibvirtFile),
        new("libvirt-space", ["{\"required\": ", "\nfree ", "}", .. Numbers], ReadLibvirtSpace),
        new("configuration-image", ["missing", "large ", "file ", " own", " fetched", Hex, .. Numbers], ReadConfigurationFile),
        new("image-receiver", ["have ", .. Numbers], ReadPart),
        new("captured-content", ["sha256:", "captured ", Hex, .. Numbers], ReadCaptured),
        new("disk-space", ["space ", " /srv/images", "No space left on device", .. Numbers], ReadSpace),
    ];

    private static void ReadLibvirtFile(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        if (LibvirtFile.Parse(result) is not { } file)
            return;
        IsOnlyLine(result);
        if (file == LibvirtFile.Missing)
            BrokenPromiseException.Unless(result.Output.StartsWith("missing", StringComparison.Ordinal), "a file is missing that nobody said is");
        else
            BrokenPromiseException.Unless(file.SizeBytes >= 0 && IsWord(file.State, 16) && (file.Verified != true || result.Output.Contains(" ok ", StringComparison.Ordinal)), "more than was said");
        PromisesNothingOfCut(bytes, cut => LibvirtFile.Parse(cut) is null);
    }

    private static void ReadLibvirtSpace(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        if (LibvirtSpace.Parse(result) is not { } space)
            return;
        BrokenPromiseException.Unless(space is { RequiredBytes: >= 0, FreeBytes: >= 0 } && result.IsSuccess, "less than nothing");
        IsFull(DiskSpace.Full("The capture", space.RequiredBytes, space.FreeBytes, "/images", "host"));
        PromisesNothingOfCut(bytes, cut => LibvirtSpace.Parse(cut) is null);
    }

    private static void ReadConfigurationFile(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        if (ConfigurationFileAnswer.Parse(result) is not { } file)
            return;
        IsOnlyLine(result);
        if (file == ConfigurationFileAnswer.Missing)
            BrokenPromiseException.Unless(result.Output.StartsWith("missing", StringComparison.Ordinal), "a file is missing that nobody said is");
        else if (file != ConfigurationFileAnswer.TooLarge)
            BrokenPromiseException.Unless(file.SizeBytes >= 0 && IsWord(file.Digest, 64), "more than was said");
        PromisesNothingOfCut(bytes, cut => ConfigurationFileAnswer.Parse(cut) is null);
    }

    private static void ReadPart(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        BrokenPromiseException.Unless(ReceivedPart.ParseSize(result) is null or >= 0, "less than nothing has arrived");
        if (ReceivedPart.Parse(result) is not { } part)
            return;
        IsOnlyLine(result);

        // It becomes part of the name of a job, and so of a path.
        BrokenPromiseException.Unless(part is { SizeBytes: >= 0, FreeBytes: >= 0 } && part.Arrived.Length <= 80 && part.Arrived.All(c => c == '-' || char.IsAsciiDigit(c)), "more than was said");
        PromisesNothingOfCut(bytes, cut => ReceivedPart.Parse(cut) is null && ReceivedPart.ParseSize(cut) is null);
    }

    private static void ReadCaptured(byte[] bytes)
    {
        var log = Encoding.UTF8.GetString(bytes);
        foreach (var captured in new[] { CapturedContent.Parse(log), CapturedContent.Parse(log, "captured ") })
        {
            if (captured is not null)
                BrokenPromiseException.Unless(captured.SizeBytes >= 0 && IsWord(captured.Digest["sha256:".Length..], 64) && log.TrimEnd('\n').Split('\n')[^1].Contains(captured.Digest, StringComparison.Ordinal), "a digest that nobody told");
        }
    }

    private static void ReadSpace(byte[] bytes)
    {
        var log = Encoding.UTF8.GetString(bytes);
        if (DiskSpace.Parse(log) is not null)
            IsFull(DiskSpace.FromLog(log, "The copy", "host")!);
        Status.OperationStatuses.Check(JobOutcomes.Failed(log, "The copy"), OperationKind.Capture);
    }

    private static void IsFull(Engines.Operations.OperationOutcome full)
    {
        BrokenPromiseException.Unless(!full.Message.Contains(" -", StringComparison.Ordinal), $"less than nothing: {full.Message}");
        Status.OperationStatuses.Check(full, OperationKind.Capture);
    }

    private static void IsOnlyLine(SshResult result) =>
        BrokenPromiseException.Unless(result.IsSuccess && !result.Output.TrimEnd('\n').Contains('\n', StringComparison.Ordinal), "an answer among others was believed");

    private static void PromisesNothingOfCut(byte[] bytes, Func<SshResult, bool> isNothing)
    {
        var result = Promises.Answer(bytes);
        BrokenPromiseException.Unless(isNothing(result with { OutputTruncated = true }), "an answer that was cut was believed");
        BrokenPromiseException.Unless(isNothing(result with { ExitCode = 1 }), "a script that failed was believed");
    }

    private static bool IsWord(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);
}
