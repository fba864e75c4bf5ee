using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Verdict;

namespace Provisioning.Core.Tests.Verdict;

public sealed class NodeStatusRulesTests
{
    public static TheoryData<string> RowNames => [.. NodeStatusTable.Rows.Select(row => row.Name)];

    /// <summary>For every row: every combination of inputs for which it is the first that fits gives its verdict and reason.</summary>
    [Theory]
    [MemberData(nameof(RowNames))]
    public void Every_row_of_the_table_gives_its_verdict(string name)
    {
        var (count, differences) = Results.Value[name];
        Assert.Empty(differences);
        Assert.True(count > 0, $"Row {name} is never reached: a row above it covers it.");
    }

    [Fact]
    public void The_table_covers_every_combination_of_inputs() => Assert.Empty(Results.Value[""].Differences);

    private static readonly Lazy<Dictionary<string, (int Count, List<string> Differences)>> Results = new(EvaluateAll);

    private static Dictionary<string, (int Count, List<string> Differences)> EvaluateAll()
    {
        var results = NodeStatusTable.Rows.ToDictionary(row => row.Name, _ => (Count: 0, Differences: new List<string>()));
        results[""] = (0, []);
        foreach (var inputs in NodeStatusInputs.All())
        {
            var row = Array.Find(NodeStatusTable.Rows, row => row.Fits(inputs));
            var name = row?.Name ?? "";
            var (count, differences) = results[name];
            results[name] = (count + 1, differences);
            var verdict = NodeStatusInputs.Evaluate(inputs);
            if (differences.Count < 5 && (row is null || verdict.Verdict.ToString() != row.Verdict || verdict.Reason != row.Reason || verdict.Message.Length == 0))
                differences.Add($"{string.Join(" | ", inputs)} gave {verdict}");
        }

        return results;
    }

    /// <summary>Several captures failed, and which of them was the last to prepare the machine is not known: each is a truthful answer, and another image is not.</summary>
    [Theory]
    [InlineData("golden@1", NodeVerdict.PostLoad)]
    [InlineData("golden@2", NodeVerdict.PostLoad)]
    [InlineData("golden@3", NodeVerdict.PostLoad)]
    [InlineData("golden@4", NodeVerdict.Unknown)]
    public void What_any_of_the_captures_before_wrote_is_no_contradiction(string reported, NodeVerdict expected)
    {
        var loaded = NodeStatusInputs.Recorded("prepared")! with { PreparedForCapture = "golden@3", PreparedBefore = ["golden@2", "golden@1"] };
        var observation = new Observation { Time = NodeStatusInputs.Time, Exists = Fact.Yes, Power = PowerReading.On, Ssh = Fact.Yes, CurrentImage = CurrentImageReading.Image("golden", reported) };
        Assert.Equal(expected, NodeStatusRules.Evaluate(observation, loaded, new DesiredState(NodeStatusInputs.Wanted, HasOperatingSystem: true)).Verdict);
    }

    [Fact]
    public void Nothing_unknown_is_ever_a_reason_to_reload()
    {
        // Reload needs proof: the machine is missing, a load did not finish, or a fact that was read says so.
        foreach (var inputs in NodeStatusInputs.All())
        {
            var verdict = NodeStatusInputs.Evaluate(inputs);
            if (verdict.Verdict != NodeVerdict.Reload)
                continue;
            Assert.NotEqual("unknown", inputs[2]);
            if (verdict.Reason is Reasons.Tainted or Reasons.OperatingSystemCheckFailed or Reasons.CurrentImageMissing)
                Assert.True(inputs[6] == "yes" && inputs[7] != "unknown", string.Join(" | ", inputs));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void An_engine_that_names_no_image_cannot_cause_a_reload(string? engineImage)
    {
        var observation = Ready with { EngineImage = engineImage };
        Assert.Equal(NodeVerdict.Ready, NodeStatusRules.Evaluate(observation, null, Desired).Verdict);
        var blind = NodeStatusRules.Evaluate(observation, null, Desired with { HasOperatingSystem = false });
        Assert.Equal(NodeVerdict.Unknown, blind.Verdict);
        Assert.Contains("spec.reloadToken", blind.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_engine_may_name_the_image_by_its_revision() =>
        Assert.Equal(NodeVerdict.Ready, NodeStatusRules.Evaluate(Ready with { EngineImage = NodeStatusInputs.Wanted.RevisionId }, null, Desired).Verdict);

    [Fact]
    public void An_adopted_image_without_digest_is_compared_by_name_and_revision()
    {
        var adopted = NodeStatusInputs.Recorded("adopted");
        Assert.Equal(NodeVerdict.Ready, NodeStatusRules.Evaluate(Ready, adopted, Desired).Verdict);
        var rebuilt = Desired with { Image = NodeStatusInputs.Wanted with { Revision = "8" } };
        Assert.Equal(NodeVerdict.Reload, NodeStatusRules.Evaluate(Ready, adopted, rebuilt).Verdict);
    }

    [Fact]
    public void The_same_name_and_revision_with_another_digest_is_another_image()
    {
        var rebuilt = Desired with { Image = NodeStatusInputs.Wanted with { Digest = "sha256:" + new string('d', 64) } };
        Assert.Equal((NodeVerdict.Reload, Reasons.ImageDiffers), Answer(Ready, NodeStatusInputs.Recorded("same"), rebuilt));
    }

    /// <summary>The conditions that xCAT 2.1 asked for (power on, ssh, nodetype is the requested image, nodetype is currentimage.txt), each broken alone.</summary>
    [Theory]
    [InlineData("rpower off", NodeVerdict.Unknown, Reasons.PoweredOff)]
    [InlineData("no ssh", NodeVerdict.Unknown, Reasons.SshUnreachable)]
    [InlineData("nodetype differs", NodeVerdict.Reload, Reasons.ImageDiffers)]
    [InlineData("currentimage differs", NodeVerdict.Reload, Reasons.ImageDiffers)]
    [InlineData("no vcld_post_load", NodeVerdict.PostLoad, Reasons.NotConfigured)]
    [InlineData("no ping", NodeVerdict.Ready, Reasons.AsDeclared)]
    [InlineData("nodeset install", NodeVerdict.Ready, Reasons.AsDeclared)]
    public void Historic_conditions_of_xcat(string broken, NodeVerdict verdict, string reason)
    {
        var good = Ready with { EngineImage = NodeStatusInputs.Wanted.RevisionId, Ping = Fact.Yes, EngineState = "boot" };
        var observation = broken switch
        {
            "rpower off" => good with { Power = PowerReading.Off },
            "no ssh" => good with { Ssh = Fact.Not(Reasons.SshUnreachable) },
            "nodetype differs" => good with { EngineImage = "centos-7@3" },
            "currentimage differs" => good with { CurrentImage = CurrentImageReading.Image("centos-7", "centos-7@3") },
            "no vcld_post_load" => good with { Configured = Fact.No },
            "no ping" => good with { Ping = Fact.No },
            _ => good with { EngineState = "install" },
        };
        Assert.Equal((verdict, reason), Answer(observation, null, Desired));
    }

    /// <summary>Contents that are read with every look are no record: neither a record nor a wish outranks them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Contents_that_were_changed_by_somebody_are_put_back(bool recorded)
    {
        var loaded = recorded ? new LoadedImage { Name = NodeStatusInputs.Wanted.Name, Revision = NodeStatusInputs.Wanted.Revision, Digest = NodeStatusInputs.Wanted.Digest, State = LoadState.Loaded } : null;
        var observation = Ready with { ContentsDigest = $"sha256:{new string('9', 64)}" };

        var verdict = NodeStatusRules.Evaluate(observation, loaded, Desired);

        Assert.Equal((NodeVerdict.Reload, Reasons.ImageDiffers), (verdict.Verdict, verdict.Reason));
        Assert.Equal(recorded, verdict.Message.Contains("somebody changed it", StringComparison.Ordinal));
        Assert.Equal(NodeVerdict.Ready, NodeStatusRules.Evaluate(observation with { ContentsDigest = NodeStatusInputs.Wanted.Digest }, loaded, Desired).Verdict);
    }

    [Fact]
    public void Contents_that_are_in_place_and_were_not_proven_are_proven_and_not_put_there_again()
    {
        var observation = Ready with { ContentsDigest = NodeStatusInputs.Wanted.Digest, Configured = Fact.Not(Reasons.NotConfigured, "It came to no end.") };

        var verdict = NodeStatusRules.Evaluate(observation, null, Desired);

        Assert.Equal((NodeVerdict.PostLoad, Reasons.NotConfigured), (verdict.Verdict, verdict.Reason));
        Assert.EndsWith("It came to no end.", verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Contents_that_cannot_be_read_are_no_reason_to_put_anything_back()
    {
        var observation = Observation.Nothing(Ready.Time, Reasons.HostUnreachable);
        Assert.Equal(NodeVerdict.Unknown, NodeStatusRules.Evaluate(observation, null, Desired).Verdict);
    }

    [Fact]
    public void An_unknown_fact_gives_its_own_reason()
    {
        var observation = Observation.Nothing(NodeStatusInputs.Time, Reasons.HostKeyMismatch, "The host shows another key.");
        var verdict = NodeStatusRules.Evaluate(observation, NodeStatusInputs.Recorded("same"), Desired);
        Assert.Equal(new(NodeVerdict.Unknown, Reasons.HostKeyMismatch, "The host shows another key."), verdict);
    }

    private static DesiredState Desired => new(NodeStatusInputs.Wanted, HasOperatingSystem: true);

    private static Observation Ready => new()
    {
        Time = NodeStatusInputs.Time,
        Exists = Fact.Yes,
        Power = PowerReading.On,
        Ssh = Fact.Yes,
        CurrentImage = CurrentImageReading.Image(NodeStatusInputs.Wanted.Name, NodeStatusInputs.Wanted.RevisionId),
        Configured = Fact.Yes,
        Tainted = Fact.No,
    };

    private static (NodeVerdict Verdict, string Reason) Answer(Observation observation, LoadedImage? loaded, DesiredState desired)
    {
        var verdict = NodeStatusRules.Evaluate(observation, loaded, desired);
        return (verdict.Verdict, verdict.Reason);
    }
}
