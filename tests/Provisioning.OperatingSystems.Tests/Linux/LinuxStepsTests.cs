using System.Diagnostics;
using Provisioning.OperatingSystems.Linux;
using Provisioning.OperatingSystems.Steps;

namespace Provisioning.OperatingSystems.Tests.Linux;

public sealed class LinuxStepsTests
{
    [Fact]
    public void A_capture_ends_with_the_new_name_written_out() =>
        Assert.Equal(["host-keys", "current-image", "sync"], LinuxSteps.PreCapture.TakeLast(3).Select(step => step.Name));

    [Fact]
    public void A_hook_can_refuse_a_capture_before_anything_is_changed() =>
        Assert.Equal(["privileges", "hooks"], LinuxSteps.PreCapture.Take(2).Select(step => step.Name));

    [Fact]
    public void The_identity_of_the_machine_goes_last() =>
        Assert.All(LinuxSteps.PreCapture.SkipWhile(step => step.Name != "machine-id"), step => Assert.True(step.Fatal));

    [Fact]
    public void A_load_ends_with_the_mark() => Assert.Equal("configured", LinuxSteps.PostLoad[^1].Name);

    [Fact]
    public void These_steps_are_fatal()
    {
        Assert.Equal(["privileges", "hooks", "machine-id", "host-keys", "current-image", "sync"], Fatal(LinuxSteps.PreCapture));
        Assert.Equal(["privileges", "machine-id", "host-keys-make", "host-keys-use", "hooks", "current-image", "configured"], Fatal(LinuxSteps.PostLoad));
    }

    [Fact]
    public void Every_step_has_its_own_name_and_a_purpose() => Assert.All([LinuxSteps.PreCapture, LinuxSteps.PostLoad], list =>
    {
        Assert.Equal(list.Count, list.Select(step => step.Name).Distinct().Count());
        Assert.All(list, step => Assert.EndsWith(".", step.Purpose, StringComparison.Ordinal));
        Assert.True(list.Count <= 24);
    });

    [Fact]
    public async Task The_scripts_please_shellcheck()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/shellcheck"), "shellcheck is not installed");
        var scripts = LinuxSteps.PreCapture.Concat(LinuxSteps.PostLoad).Select(step => step.Script).Concat([LinuxSteps.All.PowerOff.Script, LinuxSteps.All.Hook.Script, LinuxScripts.Observe]).Distinct();
        await Parallel.ForEachAsync(scripts, TestContext.Current.CancellationToken, async (script, cancellation) =>
        {
            // Not every script uses every helper (2317) and every value (2034).
            using var process = Process.Start(new ProcessStartInfo("shellcheck", ["-s", "sh", "-e", "2034,2317", "-"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
            await process.StandardInput.WriteAsync(script.AsMemory(), cancellation);
            process.StandardInput.Close();
            Assert.Equal("", await process.StandardOutput.ReadToEndAsync(cancellation));
        });
    }

    private static IEnumerable<string> Fatal(IEnumerable<MachineStep> steps) => steps.Where(step => step.Fatal).Select(step => step.Name);
}
