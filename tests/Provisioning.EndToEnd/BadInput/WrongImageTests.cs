using Provisioning.Api;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>Images whose files are not what they should be. No machine is made from one, and none is touched.</summary>
/// <param name="bad">The namespace.</param>
public sealed class WrongImageTests(BadInputLab bad) : IClassFixture<BadInputLab>
{
    private const string Host = "host";

    [Fact]
    public async Task A_file_that_is_missing_is_named_and_used_when_it_comes()
    {
        var image = await bad.NewImageAsync("missing", "1M");
        var (file, hidden) = (bad.ImageFile("missing.qcow2"), bad.ImageFile(".missing.hidden"));
        File.Move(file, hidden);
        await bad.Lab.Kubectl.ApplyAsync(image);
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("of-missing", Host, "missing"));

        await Told.StalledImageAsync(bad.Lab, "missing", Reasons.ImageFileMissing, "missing.qcow2", "Copy it into");
        await Told.RetryingNodeAsync(bad.Lab, "of-missing", Reasons.ImageFileMissing, "missing.qcow2 does not exist", "Put the image's file there");
        Assert.Null(await bad.Lab.FindMachineAsync("of-missing"));

        File.Move(hidden, file);
        await bad.Lab.UntilReadyAsync("of-missing");
    }

    [Fact]
    public async Task A_file_of_another_format_is_refused()
    {
        await File.WriteAllBytesAsync(bad.ImageFile("raw.qcow2"), new byte[1024 * 1024], cancellationToken: TestContext.Current.CancellationToken);

        await AssertRefusedAsync("raw", Reasons.ImageInvalid, "raw.qcow2", "not a self-contained qcow2", "Flatten it");
    }

    [Fact]
    public async Task A_file_that_rests_on_a_file_of_the_host_is_refused()
    {
        await Programs.RunAsync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/etc/hostname", bad.ImageFile("backed.qcow2"), "1M"], cancellationToken: TestContext.Current.CancellationToken);

        await AssertRefusedAsync("backed", Reasons.ImageInvalid, "backed.qcow2", "rests on another file", "Flatten it");
    }

    [Fact]
    public async Task A_file_that_keeps_its_data_in_a_file_of_the_host_is_refused()
    {
        await Programs.RunAsync("qemu-img", ["create", "-q", "-f", "qcow2", "-o", $"data_file={bad.ImageFile("data.raw")},data_file_raw=on", bad.ImageFile("outside.qcow2"), "1M"], cancellationToken: TestContext.Current.CancellationToken);

        await AssertRefusedAsync("outside", Reasons.ImageInvalid, "outside.qcow2", "rests on another file");
    }

    [Fact]
    public async Task A_symbolic_link_is_no_image()
    {
        File.CreateSymbolicLink(bad.ImageFile("link.qcow2"), "/etc/hostname");
        await bad.Lab.Kubectl.ApplyAsync(await bad.ToImageAsync("link", "link.qcow2"));
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("of-link", Host, "link"));

        await Told.StalledImageAsync(bad.Lab, "link", Reasons.ImageFileMissing, "link.qcow2");
        await Told.RetryingNodeAsync(bad.Lab, "of-link", Reasons.ImageFileMissing, "link.qcow2", "symbolic link");
        Assert.Null(await bad.Lab.FindMachineAsync("of-link"));
    }

    [Fact]
    public async Task A_file_that_was_changed_is_not_loaded_and_the_machine_keeps_running_what_it_has()
    {
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("of-changed", Host));
        await bad.Lab.UntilReadyAsync("of-changed");
        var before = await bad.Lab.MachineAsync("of-changed");
        var disk = await before.DiskAsync();
        await bad.Lab.Kubectl.ApplyAsync(await bad.NewImageAsync("changed", "1M"));
        await bad.Lab.Kubectl.RunAsync("wait", "pimg/changed", "--for=condition=Ready", "--timeout=60s");

        await File.AppendAllTextAsync(bad.ImageFile("changed.qcow2"), "x", cancellationToken: TestContext.Current.CancellationToken);
        var mark = bad.Host.Commands.Mark();
        await bad.Lab.ChangeAsync("of-changed", """{"imageRef":{"name":"changed"}}""");
        // Looks at a file that was whole are rare; a change of the Image asks for one now.
        await bad.Lab.Kubectl.PatchAsync("pimg", "changed", """{"spec":{"description":"look again"}}""");

        await Told.StalledNodeAsync(bad.Lab, "of-changed", Reasons.ImageDigestMismatch, "changed.qcow2 does not have the digest", "Put the right file there");
        await Told.StalledImageAsync(bad.Lab, "changed", Reasons.ImageDigestMismatch, "Provisioner host", "changed.qcow2 does not have the digest", "Put the right file there");
        Assert.Empty(bad.Host.Commands.EffectsSince(mark, before.Uuid));
        Assert.Equal((before, disk), (await bad.Lab.MachineAsync("of-changed"), await before.DiskAsync()));
    }

    private async Task AssertRefusedAsync(string image, string reason, params string[] words)
    {
        await bad.Lab.Kubectl.ApplyAsync(await bad.ToImageAsync(image, $"{image}.qcow2"));
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode($"of-{image}", Host, image));

        await Told.StalledImageAsync(bad.Lab, image, reason, words);
        await Told.StalledNodeAsync(bad.Lab, $"of-{image}", reason, words);
        Assert.Null(await bad.Lab.FindMachineAsync($"of-{image}"));
    }
}
