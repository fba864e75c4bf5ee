using Provisioning.OperatingSystems.Linux;
using Provisioning.OperatingSystems.Steps;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Linux;

/// <summary>Every step, with each of its values an attempt to inject: as if nobody had looked at them before. They set their own PATH, on which the program lies that an injection would call.</summary>
public sealed class InjectionInTreeTests
{
    private const int MoreArguments = 4;

    private static readonly string[] Attempts = ["$(injected)", "'; injected; '", "x\ninjected\n#", "x/;s/.*/injected/e;#"];

    public static TheoryData<string> Shells => ["dash", "bash"];

    private static IReadOnlyDictionary<string, string> Scripts { get; } = LinuxSteps.PreCapture.Concat(LinuxSteps.PostLoad).Append(LinuxSteps.All.PowerOff)
        .DistinctBy(step => step.Script).ToDictionary(step => $"{step.Name} ({step.Purpose})", step => step.Script)
        .Append(new("hook", LinuxScripts.JobStep("hook"))).Append(new("observe", LinuxScripts.Observe)).ToDictionary();

    [Theory, MemberData(nameof(Shells))]
    public async Task No_value_becomes_a_command(string shell)
    {
        await using var tree = await NewTreeAsync(shell);
        await RunAsync(tree, LinuxScripts.Step("sync") + "\n", "x");
        Assert.False(Caught(tree));
        await RunAsync(tree, LinuxScripts.Step("sync").Replace("\nfinish", "\neval \"$host\"; finish", StringComparison.Ordinal), "injected");
        Assert.True(Caught(tree), "A step that evaluates one of its values must be caught.");

        foreach (var (name, script) in Scripts)
        {
            foreach (var attempt in Attempts)
            {
                Prepare(tree);
                await RunAsync(tree, script, attempt);
                Assert.False(Caught(tree), $"The step {name} ran what was in a value: {attempt}");
            }
        }
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_host_name_is_written_as_it_is(string shell)
    {
        await using var tree = await NewTreeAsync(shell);

        await tree.ExecuteAsync(ShellCommand.Script(LinuxScripts.Step("hostname"), "post-load", "op", "", "a&b\\n/x", "", "", "", "", ""), null, TestContext.Current.CancellationToken);

        Assert.Equal("NETWORKING=yes\nHOSTNAME=a&b\\n/x\n", tree.Read("/etc/sysconfig/network"));
        Assert.Contains("127.0.1.1\ta&b\\n/x\n", tree.Read("/etc/hosts"), StringComparison.Ordinal);
    }

    private static async Task<GuestTree> NewTreeAsync(string shell)
    {
        var tree = await GuestTree.StartAsync(shell);
        tree.WriteTool("injected", "#!/bin/sh\necho >/root/mark\n");
        // It would refuse such names, and the step would go no further.
        tree.WriteTool("hostname", "#!/bin/sh\nexit 0\n");
        Prepare(tree);
        return tree;
    }

    /// <summary>Whatever a step looks for, so that it comes to its end.</summary>
    private static void Prepare(GuestTree tree)
    {
        Directory.CreateDirectory(tree.PathOf("/var/lib/provisioning"));
        tree.Write("/etc/hostname", "old\n");
        tree.Write("/etc/HOSTNAME", "old\n");
        tree.Write("/etc/hosts", "127.0.0.1\tlocalhost\n");
        tree.Write("/etc/sysconfig/network", "NETWORKING=yes\nHOSTNAME=old\n");
        tree.Write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        tree.Write("/root/currentimage.txt", "imagerevision_id=web@1\n");
    }

    private static async Task RunAsync(GuestTree tree, string script, string value)
    {
        string[] arguments = [.. Enumerable.Repeat(value, StepArguments.None.ToArray().Length + MoreArguments)];
        await tree.ExecuteAsync(ShellCommand.Script(script, arguments), null, TestContext.Current.CancellationToken);
    }

    private static bool Caught(GuestTree tree)
    {
        var mark = tree.PathOf("/root/mark");
        if (!File.Exists(mark))
            return false;
        File.Delete(mark);
        return true;
    }
}
