using System.Text;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Images;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Operations;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Hostile.Tests.Fuzzing;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>What a management node says of its images, of captures and deployments, and when claims are given up.</summary>
internal static class XCatLibraryTargets
{
    private static readonly string Hex = new('a', 64);

    private static readonly ImageTarget Image = new() { Name = "web", Revision = "1", Digest = $"sha256:{Hex}", Format = ImageFormat.OsImage, FileName = "web" };

    private static readonly ManagedNode Machine = new(new XCatSpec { Installation = "test", WorkDirectory = "/var/lib/provisioning" }, new() { Namespace = "lab", Name = "n", Uid = "u", Spec = new() { MachineName = "n01" } });

    private static readonly string[] Numbers = ["0", "1", "18014398509481984", "9223372036854775807", "999999999999999999", "1000000000000000000", " ", "\n", "!stderr\n"];

    public static IReadOnlyList<Target> All { get; } =
    [
        new("xcat-image", ["image ", " ok ", " bad ", " no ", "never", " fetched", " placed", "note ", "/var/lib/provisioning/images/web.note", Hex, .. Numbers], ReadImage),
        new("xcat-partitions", ["running ", "done ", "failed ", .. Numbers], ReadPartitions),
        new("xcat-deployment", ["state=", "boot", "install ", "netboot ", "image ", "statelite", "\n"], ReadDeployment),
        new("xcat-release", ["released\n", "n01\n", "../", "; reboot", "$(reboot)", .. Numbers], ReadRelease),
    ];

    private static void ReadImage(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        foreach (var code in Enumerable.Range(19, 6))
        {
            if (ImageFailures.Of(code, result.Output, Image, "mgt", "/images") is { } failure)
                Status.OperationStatuses.Check(failure, OperationKind.Load);
        }

        if (ImageLook.Parse(result) is not { } look)
            return;

        // The state becomes part of the name of a job, and so of a path.
        BrokenPromiseException.Unless(look is { SizeBytes: >= 0, CopyBytes: >= -1 } && look.State.Length == 64 && look.State.All(char.IsAsciiHexDigitLower) && result.IsSuccess, "more than was said");
        BrokenPromiseException.Unless(look.Verified != true || result.Output.Contains(" ok ", StringComparison.Ordinal), "an image was compared that nobody compared");
        BrokenPromiseException.Unless(ImageLook.Parse(result with { OutputTruncated = true }) is null && ImageLook.Parse(result with { ExitCode = 1 }) is null, "an answer that was cut was believed");
    }

    private static void ReadPartitions(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        if (PartitionsLook.Parse(result) is not { } look)
            return;
        BrokenPromiseException.Unless(look is { SizeBytes: >= 0, FreeBytes: >= 0 } && result.IsSuccess, "less than nothing");
        if (look.State != PartitionsState.Running)
            BrokenPromiseException.Unless(result.Output.StartsWith(look.State == PartitionsState.Done ? "done " : "failed ", StringComparison.Ordinal), "an end that nobody told");
        BrokenPromiseException.Unless(PartitionsLook.Parse(result with { OutputTruncated = true }) is null, "an answer that was cut was believed");
        Status.OperationStatuses.Check(DiskSpace.Full("The capture", 1, look.FreeBytes, "/images", "host"), OperationKind.Capture);
    }

    private static void ReadDeployment(byte[] bytes)
    {
        var log = Encoding.UTF8.GetString(bytes);
        var target = DeploymentSteps.ReadBack(log, out var state);
        BrokenPromiseException.Unless(target is not BootTarget.Disk, "a node that boots from its disk is taken for one that is deployed");
        if (target != BootTarget.Unknown)
            BrokenPromiseException.Unless(log.Split('\n').Last(line => line.StartsWith("state=", StringComparison.Ordinal)) == $"state={state}", "a state that nobody told");
        Promises.IsClean(Excerpts.Of(state), 300);
    }

    private static void ReadRelease(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        foreach (var code in new[] { 0, 1, 29, 31 })
        {
            var outcome = ClaimRelease.Judge(result with { ExitCode = code }, Machine, Promises.Endpoint);
            if (outcome.Phase == OperationPhase.Succeeded)
                BrokenPromiseException.Unless(code == 0 && result.Output == "released\n", "a claim that was not given up");
            Status.OperationStatuses.Check(outcome, OperationKind.Unload);

            // It is a command that a person copies.
            if (outcome.Message.IndexOf("Run 'nodeset ", StringComparison.Ordinal) is >= 0 and var begin)
            {
                var names = outcome.Message[(begin + "Run 'nodeset ".Length)..outcome.Message.IndexOf(" boot'", begin, StringComparison.Ordinal)];
                BrokenPromiseException.Unless(names.Length > 0 && names.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ','), $"names that a shell reads otherwise: {names}");
            }
        }
    }
}
