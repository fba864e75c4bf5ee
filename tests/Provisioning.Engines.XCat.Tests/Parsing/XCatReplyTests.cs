using FsCheck.Xunit;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.XCat.Parsing;

namespace Provisioning.Engines.XCat.Tests.Parsing;

/// <summary>What xCAT prints, as it was recorded from a real one.</summary>
public sealed class XCatReplyTests
{
    [Theory]
    [InlineData("node03: on", "", PowerValue.On)]
    [InlineData("node03: off", "", PowerValue.Off)]
    [InlineData("node03: Running", "", PowerValue.On)]
    [InlineData("node03: Not Activated", "", PowerValue.Off)]
    [InlineData("[node03]: on", "", PowerValue.On)]
    [InlineData("node04: off\nnode03: on", "", PowerValue.On)]
    [InlineData("node03: on", "node04: [vm]: Error: ERROR: timeout", PowerValue.On)]
    [InlineData("node03: on", "Warning: [vm]: rcons may not work since no serialport is specified for node03", PowerValue.On)]
    [InlineData("node03: off", "node03: [vm]: Error: ERROR: timeout", PowerValue.Unknown)]
    [InlineData("node03: Error: Invalid session", "", PowerValue.Unknown)]
    [InlineData("node03: on\nnode03: off", "", PowerValue.Unknown)]
    [InlineData("node03: half on", "", PowerValue.Unknown)]
    [InlineData("node03:", "", PowerValue.Unknown)]
    [InlineData("node030: off", "", PowerValue.Unknown)]
    [InlineData("off", "", PowerValue.Unknown)]
    [InlineData("", "", PowerValue.Unknown)]
    [InlineData("", "node03: Please enter an action (eg: boot,off,on, etc) when using mgt=ipmi.", PowerValue.Unknown)]
    [InlineData("", "Error: Invalid nodes and/or groups in noderange: nosuch", PowerValue.Unknown)]
    public void Power_is_what_the_lines_of_the_node_say(string output, string error, PowerValue expected)
    {
        var reading = PowerAnswers.Read("node03", XCatReply.Parse(output, error).Of("node03"));

        Assert.Equal(expected, reading.Value);
        Assert.Equal(expected == PowerValue.Unknown, reading.Reason is not null);
    }

    [Property(MaxTest = 500)]
    public bool Power_is_off_only_where_a_line_says_exactly_that(string? word)
    {
        var text = $"node03: {word}";
        var reading = PowerAnswers.Read("node03", XCatReply.Parse(text, "").Of("node03"));
        return reading.Value != PowerValue.Off || text.Split('\n').Any(line => line.Trim().ToUpperInvariant() is "NODE03: OFF" or "NODE03: NOT ACTIVATED");
    }

    [Property(MaxTest = 500)]
    public bool Nothing_that_is_printed_breaks_the_reader(string? output, string? error)
    {
        var reply = XCatReply.Parse(output ?? "", error ?? "");
        return reply.Of("no such node at all") == NodeAnswer.Silence;
    }

    [Theory]
    [InlineData("node04: [vm]: Error: ERROR: timeout", "node04", "ERROR: timeout")]
    [InlineData("node03: Error: Unsupported command: rpower bogus when using mgt=ipmi.", "node03", "Unsupported command: rpower bogus when using mgt=ipmi.")]
    [InlineData("[node03]: Error: No MAC address available for this node", "node03", "No MAC address available for this node")]
    [InlineData("node03: [vm]: Error: Invalid data field in Request", "node03", "Invalid data field in Request")]
    public void Errors_of_a_node_are_its_own(string line, string node, string error) => Assert.Equal(error, XCatReply.Parse("", line).Of(node).Error);

    [Theory]
    [InlineData("Error: [vm]: Cannot find the OS image nope in the osimage table.", "Cannot find the OS image nope in the osimage table.")]
    [InlineData("Error: Unknown state bogus requested", "Unknown state bogus requested")]
    public void Errors_without_a_node_are_everybodys(string line, string error) => Assert.Equal([error], XCatReply.Parse("", line).Errors);

    [Fact]
    public void Unknown_names_are_read_from_the_refusal()
    {
        Assert.Equal(["a", "b"], XCatReply.Parse("", "Error: Invalid nodes and/or groups in noderange: a,b").UnknownNodes!);
        Assert.Equal([], XCatReply.Parse("", "Error: invalid node, group, or range").UnknownNodes!);
        Assert.Null(XCatReply.Parse("node03: on", "").UnknownNodes);
        Assert.Equal("nope", XCatErrors.MissingObject("Could not find an object named 'nope' of type 'node'."));
    }

    [Theory]
    [InlineData("ERROR: timeout", 1)]
    [InlineData("Unsupported command: rpower bogus when using mgt=ipmi.", 3)]
    [InlineData("Invalid nodes and/or groups in noderange: nosuch", 2)]
    [InlineData("Invalid session", 0)]
    public void Kinds_of_errors_are_told_apart(string text, int kind) => Assert.Equal((XCatErrorKind)kind, XCatErrors.KindOf(text));

    [Theory]
    [InlineData("boot", 1)]
    [InlineData("", 1)]
    [InlineData("install rhels9-x86_64-compute", 2)]
    [InlineData("netboot debian12-x86_64-compute", 3)]
    [InlineData("image image-x86_64-golden", 4)]
    [InlineData("offline", 0)]
    [InlineData("shell", 0)]
    public void What_a_node_is_set_to_is_read_or_unknown(string state, int target) => Assert.Equal((BootTarget)target, BootTargets.Read(state));

    [Fact]
    public void A_definition_is_read_from_its_lines()
    {
        var reply = XCatReply.Parse("node01: currstate=install a=b\nnode01: status=booted\nnode02: status=", "");
        Assert.Equal(new NodeDefinition("install a=b", "booted"), NodeDefinition.Parse(reply.Of("node01")));
        Assert.Equal(new NodeDefinition("", ""), NodeDefinition.Parse(reply.Of("node02")));
        Assert.Null(NodeDefinition.Parse(reply.Of("node03")));
    }

    [Theory]
    [InlineData(2, "boot", "booted", "", 0)]
    [InlineData(2, "boot", "booting", "install a|powering-on,install a|installing", 1)]
    [InlineData(2, "install a", "installing", "install a|installing", 0)]
    [InlineData(2, "install a", "failed", "install a|installing", 2)]
    [InlineData(2, "boot", "booted", "install a|installing,expired", 3)]
    [InlineData(3, "netboot a", "booted", "", 0)]
    [InlineData(3, "netboot a", "booted", "netboot a|netbooting", 1)]
    [InlineData(3, "netboot a", "netbooting", "netboot a|netbooting", 0)]
    [InlineData(0, "boot", "booted", "boot|installing", 0)]
    public void An_installation_is_done_only_if_it_was_seen_at_work(int target, string state, string status, string seen, int expected) =>
        Assert.Equal((DeploymentState)expected, DeploymentProgress.Judge((BootTarget)target, new(state, status), seen.Split(',', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void Reasons_of_unreadable_power_name_what_to_look_at() =>
        Assert.Equal((Reasons.CommandFailed, true), (PowerAnswers.Read("n", new([], "ERROR: timeout")).Reason!, PowerAnswers.Read("n", new([], "ERROR: timeout")).Detail!.Contains("BMC")));
}
