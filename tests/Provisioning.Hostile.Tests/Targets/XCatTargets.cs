using System.Text;
using Provisioning.Api.Machines;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Hostile.Tests.Fuzzing;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>What commands of xCAT print, and what is kept beside them on the management node.</summary>
internal static class XCatTargets
{
    private const string Mark = "section-x";

    private static readonly string[] Nodes = ["n01", "n02"];

    private static readonly string[] Words =
    [
        $"\n{Mark} ", "power\n", "power-code 0\n", "definition\n", "definition-code 1\n", "done 0\n", "files-n01\n", "n01: on", "n02: off", "n01: ", "[n01]: ", "[mgt]: ", "Error: ", "Warning: ", "currstate=boot", "status=booted",
        "Invalid nodes and/or groups in noderange: ", "Could not find an object named 'n01' of type 'node'.", "timeout", "owner ", "record ", "seen ", "deployment ", "\n", "!stderr\n",
    ];

    public static IReadOnlyList<Target> All { get; } =
    [
        new("xcat-reply", Words, ReadReply),
        new("xcat-look", Words, ReadLook),
        new("xcat-record", ["\"loaded\"", "true", "\"operation\"", "\"imageName\"", "\"revisionId\"", "\"digest\"", "\"fileName\"", "\"hostKeys\"", ": null", "[]", "{", "}", ","], bytes => CheckRecord(NodeRecord.Parse(Encoding.UTF8.GetString(bytes)))),
        new("xcat-probe", ["missing ", "unwritable ", "unusable ", "version ", "\n", "!stderr\n"], ReadProbe),
    ];

    private static void ReadReply(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var reply = XCatReply.Parse(result.Output, result.Error);
        _ = reply.UnknownNodes;
        foreach (var node in Nodes)
        {
            var power = PowerAnswers.Read(node, reply.Of(node));
            Promises.StatusIsClean(Promises.Seen(power));
            if (power.Value != PowerValue.Unknown)
                BrokenPromiseException.Unless(result.Output.Contains(node, StringComparison.Ordinal) && reply.Of(node).Error is null, "a power state that nobody told");
            if (NodeDefinition.Parse(reply.Of(node)) is { } definition)
            {
                Promises.IsClean(definition.CurrentState, 300);
                _ = DeploymentProgress.Judge(BootTargets.Read(definition.CurrentState), definition, []);
            }
        }
    }

    private static void ReadLook(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var answer = LookAnswer.Parse(result, Mark, Nodes);
        foreach (var (_, reading) in answer.Readings)
        {
            if (reading.Problem is { } problem)
                Promises.StatusIsClean(Promises.Unknown(problem));
            Promises.StatusIsClean(Promises.Seen(reading.Power));
            CheckRecord(reading.Record);
            if (reading.Running || reading.Definition is not null || reading.Record is not null)
                BrokenPromiseException.Unless(result.IsSuccess && result.Output.Contains($"{Mark} done", StringComparison.Ordinal), "an answer that broke off was believed");
        }
    }

    private static void CheckRecord(NodeRecord? record)
    {
        if (record is null)
            return;
        Promises.IsClean(record.ImageName, 253);
        Promises.IsClean(record.RevisionId, 320);
        Promises.IsClean(record.FileName, 255);
        Promises.IsClean(record.Operation, 64);
        foreach (var key in record.HostKeys)
            Promises.KeyIsPlain(key);
    }

    private static void ReadProbe(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var (reachable, version) = HostProbe.Judge(result, "mgt:22", "/opt/xcat");
        Promises.ProbeIsHonest(result, reachable, version);
    }
}
