using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Verdict;

namespace Provisioning.Core.Tests.Verdict;

/// <summary>Turns the words of the table into observations and records.</summary>
internal static class NodeStatusInputs
{
    public static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly DesiredImage Wanted = new("debian-12", "7", "sha256:" + new string('a', 64));

    /// <summary>The words of each input column, in the order of the columns.</summary>
    public static readonly string[][] Words =
    [
        ["image", "none"],
        ["Linux", "None"],
        ["yes", "no", "unknown"],
        ["none", "same", "other", "loading", "adopted", "adopted other", "prepared"],
        ["none", "same", "other"],
        ["on", "off", "unknown"],
        ["yes", "no", "unknown"],
        ["same", "other", "captured", "same, other load", "nothing", "unknown"],
        ["yes", "no", "unknown"],
        ["yes", "no", "unknown"],
        ["yes", "no", "unknown"],
    ];

    public static IEnumerable<string[]> All()
    {
        var indices = new int[Words.Length];
        while (true)
        {
            yield return [.. indices.Select((index, column) => Words[column][index])];
            var position = 0;
            while (position < indices.Length && ++indices[position] == Words[position].Length)
                indices[position++] = 0;
            if (position == indices.Length)
                yield break;
        }
    }

    public static NodeStatusVerdict Evaluate(string[] inputs)
    {
        var desired = new DesiredState(inputs[0] == "none" ? null : Wanted, inputs[1] == "Linux");
        var observation = new Observation
        {
            Time = Time,
            Exists = Fact(inputs[2], Reasons.HostUnreachable),
            EngineImage = inputs[4] switch { "none" => null, "same" => Wanted.Digest, _ => "sha256:" + new string('b', 64) },
            Power = inputs[5] switch { "on" => PowerReading.On, "off" => PowerReading.Off, _ => PowerReading.Unknown(Reasons.UnexpectedAnswer) },
            Ssh = Fact(inputs[6], Reasons.HostKeyMismatch),
            CurrentImage = Reported(inputs[7]),
            Tainted = Fact(inputs[8], Reasons.CurrentImageUnreadable),
            Configured = Fact(inputs[9], Reasons.CurrentImageUnreadable),
            OperatingSystemCheck = Fact(inputs[10], Reasons.SshUnreachable),
        };
        return NodeStatusRules.Evaluate(observation, Recorded(inputs[3]), desired);
    }

    public static LoadedImage? Recorded(string word)
    {
        var same = new LoadedImage { Name = Wanted.Name, Revision = Wanted.Revision, Digest = Wanted.Digest, OperationId = "load-1", State = LoadState.Loaded };
        return word switch
        {
            "none" => null,
            "same" => same,
            "other" => same with { Name = "centos-7", Digest = "sha256:" + new string('c', 64) },
            "loading" => same with { State = LoadState.Loading },
            "adopted" => same with { Digest = "", OperationId = "", State = LoadState.Adopted },
            "adopted other" => same with { Digest = "", OperationId = "", State = LoadState.Adopted, Revision = "6" },
            "prepared" => same with { PreparedForCapture = "golden@1" },
            _ => throw new ArgumentOutOfRangeException(nameof(word), word, "Not a word of the table."),
        };
    }

    private static CurrentImageReading Reported(string word) => word switch
    {
        "same" => CurrentImageReading.Image(Wanted.Name, Wanted.RevisionId, "load-1"),
        "same, other load" => CurrentImageReading.Image(Wanted.Name, Wanted.RevisionId, "load-0"),
        "other" => CurrentImageReading.Image("centos-7", "centos-7@3"),
        "captured" => CurrentImageReading.Image("golden", "golden@1"),
        "nothing" => CurrentImageReading.None(Reasons.CurrentImageMissing),
        "unknown" => CurrentImageReading.Unknown(Reasons.CurrentImageUnreadable),
        _ => throw new ArgumentOutOfRangeException(nameof(word), word, "Not a word of the table."),
    };

    private static Fact Fact(string word, string reason) => word switch
    {
        "yes" => Api.Machines.Fact.Yes,
        "no" => Api.Machines.Fact.No,
        "unknown" => Api.Machines.Fact.Unknown(reason),
        _ => throw new ArgumentOutOfRangeException(nameof(word), word, "Not a word of the table."),
    };
}
