using FsCheck.Xunit;
using Provisioning.Api.Captures;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Libvirt.Images;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Libvirt.Tests.Machines;

public sealed class MachineTests
{
    [Fact]
    public void The_uuid_never_changes_between_versions()
    {
        // Machines in the field are found by it: a change of this value orphans them all.
        Assert.Equal("fcaacd1a-d5ea-5a43-9fba-845941b8f701", Machine("lab", "node-1").Uuid);
        Assert.NotEqual(Machine("lab", "node-1").Uuid, Machine("lab-node", "1").Uuid);
        Assert.NotEqual(Machine("lab", "node-1").Uuid, Machine("lab", "node-1", "other").Uuid);
    }

    [Fact]
    public void Long_names_are_bounded_and_stay_apart()
    {
        var one = Machine("lab", new string('a', 200) + "1").DomainName;
        var two = Machine("lab", new string('a', 200) + "2").DomainName;

        Assert.InRange(one.Length, 20, 63);
        Assert.NotEqual(one, two);
    }

    [Fact]
    public void Addresses_are_stable_and_differ_by_interface()
    {
        Assert.Matches("^52:54:00(:[0-9a-f]{2}){3}$", Machine("lab", "n").MacAddress("lan"));
        Assert.NotEqual(Machine("lab", "n").MacAddress("lan"), Machine("lab", "n").MacAddress("wan"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"disk\":null}")]
    [InlineData("""{"disk":"../../etc/shadow","operation":"op","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}""")]
    [InlineData("""{"disk":"disk-op.qcow2","operation":"op","digest":"sha256:0"}""")]
    [InlineData("""{"disk":"disk-../x.qcow2","operation":"../x","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}""")]
    public void A_record_that_is_not_ours_is_none(string json) => Assert.Null(MachineRecord.Parse(json));

    [Fact]
    public void A_record_holds_eight_host_keys_of_the_largest_kind()
    {
        var image = new ImageTarget { Name = "i", Revision = "1", Digest = "sha256:" + new string('0', 64), Format = default, FileName = "i.qcow2" };
        var keys = Enumerable.Range(0, 9).Select(number => $"ssh-rsa {new string('+', 200)}{new string('A', 800)}{number}").ToList();

        var record = MachineRecord.For(image, "load-1").With(keys);

        Assert.Equal(keys.Take(8), MachineRecord.Parse(record.ToJson())!.HostKeys);
    }

    [Property]
    public void Garbage_is_no_record_and_no_answer(string? garbage)
    {
        Assert.Null(MachineRecord.Parse(garbage ?? ""));
        Assert.Null(QemuImageInfo.Parse(garbage ?? ""));
        Assert.Null(QemuImageInfo.ParseRequired(garbage ?? ""));
    }

    [Theory]
    [InlineData("50 200", "", 25)]
    [InlineData("", "    (12.34/100%)\r    (56.78/100%)\r", 56)]
    [InlineData("", "nothing", null)]
    [InlineData("9 3", "", null)]
    [InlineData("x y", "", null)]
    public void Progress_is_read_strictly(string progress, string log, int? percent) =>
        Assert.Equal(percent, JobOutcomes.Percent(new(JobState.Running) { Progress = progress, Log = log }));

    [Fact]
    public void File_names_of_captures_are_bounded_and_carry_the_digest()
    {
        var capture = new CaptureTarget { ImageName = new string('n', 200), Revision = new string('r', 64), Preparation = CapturePreparation.None, UncleanShutdown = UncleanShutdownPolicy.Fail };

        var name = CaptureSteps.FileName(capture, "sha256:0123456789abcdef" + new string('0', 48));

        Assert.InRange(name.Length, 1, 255);
        Assert.EndsWith("-0123456789ab.qcow2", name);
    }

    private static Machine Machine(string ns, string name, string installation = "test") =>
        new(new LibvirtSpec { Installation = installation }, new() { Namespace = ns, Name = name, Uid = "u", Spec = new() });
}
