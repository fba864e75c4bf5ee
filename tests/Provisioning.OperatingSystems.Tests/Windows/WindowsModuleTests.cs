using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems.Windows;

namespace Provisioning.OperatingSystems.Tests.Windows;

/// <summary>The steps, run by a real PowerShell on a Windows that is played.</summary>
public sealed partial class WindowsModuleTests
{
    private const string Winlogon = @"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon";
    private const string Memory = @"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management";
    private const string Names = @"SYSTEM\CurrentControlSet\Control\ComputerName";
    private const string ImageState = @"SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State";
    private const string NetworkClass = @"SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}";

    private static readonly WindowsModule Module = new();

    private static readonly LoadIdentity Load = Identities.Load with { Hostname = "clone-1.example" };

    [Fact]
    public async Task A_capture_leaves_nothing_of_this_machine_and_the_second_run_changes_nothing()
    {
        await using var windows = Golden();
        windows.Write("x", "Windows", "Temp", "deep", "file");
        windows.Write("x", "Users", "ann", "AppData", "Local", "Temp", "file");
        windows.Write("x", "Users", "ann", "Documents", "kept");
        Directory.CreateSymbolicLink(windows.PathOf("Windows", "Temp", "link"), windows.PathOf("Users", "ann", "Documents"));
        windows.Write("secret", "Users", "ann", "AppData", "Roaming", "Microsoft", "Windows", "PowerShell", "PSReadLine", "ConsoleHost_history.txt");
        windows.Write("x", "Windows", "SoftwareDistribution", "Download", "update");
        windows.Write("<Password>", "Windows", "Panther", "unattend.xml");
        windows.SetValue(Winlogon, "DefaultPassword", "secret");
        windows.SetValue(Winlogon, "AutoAdminLogon", "1");
        windows.SetValue(NetworkClass + @"\0001", "NetworkAddress", "020000000001");
        windows.SetValue(NetworkClass + @"\0001", "DriverDesc", "NIC");
        windows.SetValue(@"SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters", "Dhcpv6DUID", new byte[] { 1 });
        windows.SetValue(@"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate", "SusClientId", "id");
        windows.Devices.Add(@"PCI\VEN_1AF4");
        windows.Programs = (file, arguments) => (file, arguments) switch
        {
            ("quser.exe", _) => (0, " USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME\n>ann                   console             1  Active      none   1/1/2026 1:00 AM\n 1234                                      7  Disc            1  1/1/2026 1:00 AM"),
            ("powercfg.exe", _) => Off(windows),
            ("pnputil.exe", _) => Gone(windows),
            ("wevtutil.exe", ["enum-logs"]) => (0, "Application\r\nSystem\r\n"),
            _ => null,
        };

        var outcome = await CaptureAsync(windows);

        Assert.True(outcome.Complete, outcome.Message);
        Assert.All(outcome.Steps, step => Assert.True(step.Result != StepResult.Failed, $"{step.Name}: {step.Message}"));
        Assert.Equal(["logoff.exe 1", "logoff.exe 7"], windows.Ran.Where(line => line.StartsWith("logoff", StringComparison.Ordinal)));
        Assert.Contains("wevtutil.exe clear-log System", windows.Ran);
        Assert.Equal(["net.exe stop wuauserv", "net.exe start wuauserv"], windows.Ran.Where(line => line.StartsWith("net.exe", StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFileSystemEntries(windows.PathOf("Windows", "Temp")));
        Assert.Empty(Directory.GetFileSystemEntries(windows.PathOf("Users", "ann", "AppData", "Local", "Temp")));
        Assert.True(File.Exists(windows.PathOf("Users", "ann", "Documents", "kept")));
        Assert.False(File.Exists(windows.PathOf("Windows", "Panther", "unattend.xml")));
        Assert.Null(windows.GetValue(Winlogon, "DefaultPassword"));
        Assert.Equal("0", windows.GetValue(Winlogon, "AutoAdminLogon"));
        Assert.Equal(1, windows.GetValue(Memory, "ClearPageFileAtShutdown"));
        Assert.Null(windows.GetValue(NetworkClass + @"\0001", "NetworkAddress"));
        Assert.Equal([File.ReadAllText(windows.PathOf("ProgramData", "ssh", "ssh_host_ed25519_key"))], outcome.HostKeys);
        Assert.StartsWith("golden\nid=golden\n", File.ReadAllText(Path.Combine(windows.State, "currentimage.txt")), StringComparison.Ordinal);
        Assert.Equal(StepResult.Skipped, outcome.Steps.Single(step => step.Name == "generalize").Result);

        windows.Programs = (file, _) => file == "quser.exe" ? (1, "No User exists for *") : null;
        var again = await CaptureAsync(windows);

        Assert.True(again.Complete, again.Message);
        Assert.All(again.Steps, step => Assert.True(step.Result is StepResult.Unchanged or StepResult.Skipped, $"{step.Name}: {step.Result} {step.Message}"));

        static (int, string) Off(FakeWindows windows)
        {
            windows.SetValue(@"SYSTEM\CurrentControlSet\Control\Power", "HibernateEnabled", 0);
            return (0, "");
        }

        static (int, string) Gone(FakeWindows windows)
        {
            windows.Devices.Clear();
            return (0, "");
        }
    }

    [Fact]
    public async Task A_load_gives_an_identity_once_with_one_restart_for_the_name()
    {
        await using var windows = Golden();
        windows.SetValue(Memory, "ClearPageFileAtShutdown", 1);
        windows.Write("0", "ProgramData", "provisioning", "page-file");
        windows.Write("<Password>", "ProgramData", "provisioning", "unattend.xml");
        var imageKey = File.ReadAllText(windows.PathOf("ProgramData", "ssh", "ssh_host_ed25519_key"));

        var restarting = await Module.PostLoadAsync(windows, Load, TestContext.Current.CancellationToken);
        var waiting = await Module.PostLoadAsync(windows, Load, TestContext.Current.CancellationToken);
        windows.Reboot();
        var announced = await Module.PostLoadAsync(windows, Load, TestContext.Current.CancellationToken);
        var recorded = Load with { RecordedHostKeys = announced.HostKeys ?? [] };
        var done = await Module.PostLoadAsync(windows, recorded, TestContext.Current.CancellationToken);

        Assert.All([restarting, waiting], each => Assert.Equal((false, null, "The machine restarts to be called clone-1."), (each.Complete, each.FailedStep, each.Message)));
        Assert.Equal(imageKey, announced.HostKeys![1] == imageKey ? announced.HostKeys[1] : announced.HostKeys[2]);
        Assert.Equal("The machine's new SSH host keys must be recorded before they are put in place.", announced.Message);
        Assert.True(done.Complete, done.Message);
        Assert.Equal([File.ReadAllText(windows.PathOf("ProgramData", "ssh", "ssh_host_ed25519_key"))], done.HostKeys);
        Assert.NotEqual([imageKey], done.HostKeys);
        Assert.Equal(["ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"], Directory.GetFiles(windows.PathOf("ProgramData", "ssh")).Select(Path.GetFileName).Order());
        Assert.Contains("Restart-Service sshd", Assert.Single(windows.Detached), StringComparison.Ordinal);
        Assert.Equal(0, windows.GetValue(Memory, "ClearPageFileAtShutdown"));
        Assert.False(File.Exists(Path.Combine(windows.State, "unattend.xml")));
        var reading = await Module.ObserveAsync(windows, TestContext.Current.CancellationToken);
        Assert.Equal(("golden", "golden@3", "load-1"), (reading.CurrentImage.Name, reading.CurrentImage.RevisionId, reading.CurrentImage.OperationId));
        Assert.True(reading.Configured.IsYes);
        Assert.Equal(done.HostKeys, reading.HostKeys);

        var again = await Module.PostLoadAsync(windows, recorded with { OperationId = "post-load-2", RecordedHostKeys = done.HostKeys! }, TestContext.Current.CancellationToken);

        Assert.True(again.Complete, again.Message);
        Assert.All(again.Steps, step => Assert.True(step.Result is StepResult.Unchanged or StepResult.Skipped, $"{step.Name}: {step.Result} {step.Message}"));
    }

    [Fact]
    public async Task A_name_that_did_not_take_by_a_restart_fails_instead_of_restarting_for_ever()
    {
        await using var windows = Golden();
        await Module.PostLoadAsync(windows, Load, TestContext.Current.CancellationToken);
        windows.BootTicks++;

        var outcome = await Module.PostLoadAsync(windows, Load, TestContext.Current.CancellationToken);

        Assert.Equal("restart", outcome.FailedStep);
        Assert.Contains("still called golden instead of clone-1", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a-name-of-16-char", "at most 15 characters")]
    [InlineData("12345", "digits alone")]
    public async Task Names_that_Windows_does_not_take_are_reported_and_the_load_goes_on(string name, string why)
    {
        await using var windows = Golden();

        var outcome = await Module.PostLoadAsync(windows, Load with { Hostname = name, KeepHostKeys = true }, TestContext.Current.CancellationToken);

        Assert.True(outcome.Complete, outcome.Message);
        Assert.Contains(why, outcome.Steps.Single(step => step.Name == "hostname").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"SYSTEM\Setup", "OOBEInProgress", 1)]
    [InlineData(@"SYSTEM\Setup", "SystemSetupInProgress", 1)]
    [InlineData(ImageState, "ImageState", "IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE")]
    public async Task A_system_that_sets_itself_up_is_waited_for(string path, string name, object value)
    {
        await using var windows = Golden();
        windows.SetValue(path, name, value);

        var outcome = await Module.PostLoadAsync(windows, Load, TestContext.Current.CancellationToken);

        Assert.Equal((false, null), (outcome.Complete, outcome.FailedStep));
        Assert.StartsWith("Windows is still setting itself up", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(["privileges"], outcome.Steps.Select(step => step.Name));
    }

    [Fact]
    public async Task Sysprep_runs_once_where_the_author_left_an_answer_file_and_what_it_reached_is_checked()
    {
        await using var windows = Golden();
        windows.Write("<unattend/>", "ProgramData", "provisioning", "unattend.xml");
        windows.Write("#!/bin/sh\necho \"$@\" >>\"$0.calls\"\n", "Windows", "System32", "Sysprep", "sysprep.exe");
        var sysprep = windows.PathOf("Windows", "System32", "Sysprep", "sysprep.exe");
        File.SetUnixFileMode(sysprep, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var outcome = await UntilDoneAsync(() => CaptureAsync(windows));
        Assert.Equal("generalize", outcome.FailedStep);
        Assert.Contains("setuperr.log", outcome.Message, StringComparison.Ordinal);

        windows.SetValue(ImageState, "ImageState", "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE");
        outcome = await UntilDoneAsync(() => CaptureAsync(windows));

        Assert.True(outcome.Complete, outcome.Message);
        Assert.Equal($"/generalize /oobe /quit /quiet /unattend:{Path.Combine(windows.State, "unattend.xml")}\n", File.ReadAllText(sysprep + ".calls"));
    }

    [Fact]
    public async Task Nothing_is_changed_without_the_rights_of_an_administrator()
    {
        await using var windows = Golden();
        windows.Administrator = false;

        var capture = await CaptureAsync(windows);
        var off = await Module.ShutDownAsync(windows, "op-1", TestContext.Current.CancellationToken);

        Assert.Equal(("privileges", "poweroff"), (capture.FailedStep, off.FailedStep));
        Assert.Contains("Administrators", capture.Message, StringComparison.Ordinal);
        Assert.Empty(windows.Ran);
    }

    [Fact]
    public async Task A_reboot_is_asked_for_again_on_the_same_boot_only()
    {
        await using var windows = Golden();

        var first = await Module.RebootAsync(windows, "op-1", TestContext.Current.CancellationToken);
        var again = await Module.RebootAsync(windows, "op-1", TestContext.Current.CancellationToken);
        windows.Reboot();
        var after = await Module.RebootAsync(windows, "op-1", TestContext.Current.CancellationToken);

        Assert.Equal([StepResult.Changed, StepResult.Unchanged, StepResult.Unchanged], new[] { first, again, after }.Select(each => each.Steps.Single().Result));
        Assert.Equal(2, windows.Ran.Count(line => line == "shutdown.exe /r /f /t 3"));
        Assert.True((await Module.ShutDownAsync(windows, "op-2", TestContext.Current.CancellationToken)).Complete);
        Assert.Equal("shutdown.exe /s /f /t 3", windows.Ran[^1]);
    }

    [Theory]
    [InlineData(1190, true)]
    [InlineData(5, false)]
    public async Task A_shutdown_that_is_under_way_is_no_refusal(int code, bool complete)
    {
        await using var windows = Golden();
        windows.Programs = (file, _) => file == "shutdown.exe" ? (code, "said") : null;

        Assert.Equal(complete, (await Module.ShutDownAsync(windows, "op-1", TestContext.Current.CancellationToken)).Complete);
    }

    [Fact]
    public async Task The_boot_id_stays_for_a_boot_and_differs_between_boots_and_machines()
    {
        await using var windows = Golden();
        var first = await Module.ObserveAsync(windows, TestContext.Current.CancellationToken);
        var same = await Module.ObserveAsync(windows, TestContext.Current.CancellationToken);
        windows.Reboot();
        var next = await Module.ObserveAsync(windows, TestContext.Current.CancellationToken);

        Assert.Matches("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", first.BootId);
        Assert.Equal(first.BootId, same.BootId);
        Assert.NotEqual(first.BootId, next.BootId);
        Assert.Equal((FactValue.No, FactValue.Unknown), (first.CurrentImage.Found, (await WithFolderAsync(windows)).CurrentImage.Found));

        static async Task<OperatingSystemReading> WithFolderAsync(FakeWindows windows)
        {
            Directory.CreateDirectory(Path.Combine(windows.State, "currentimage.txt"));
            return await Module.ObserveAsync(windows, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Windows_that_cannot_be_activated_is_reported_and_used()
    {
        await using var windows = Golden();
        windows.Licenses = [5];
        windows.Programs = (file, _) => file == "cscript.exe" ? (0, "Error: 0xC004F074") : null;

        var outcome = await Module.PostLoadAsync(windows, Load with { Hostname = "", KeepHostKeys = true }, TestContext.Current.CancellationToken);

        Assert.True(outcome.Complete, outcome.Message);
        Assert.Contains("Windows is not activated: Error: 0xC004F074", outcome.Steps.Single(step => step.Name == "activation").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_that_make_another_machine_go_last_and_the_mark_is_the_last_of_all()
    {
        Assert.Equal(["generalize", "host-keys", "current-image", "sync"], WindowsSteps.PreCapture.TakeLast(4).Select(step => step.Name));
        Assert.Equal(["privileges", "hooks"], WindowsSteps.PreCapture.Take(2).Select(step => step.Name));
        Assert.Equal("configured", WindowsSteps.PostLoad[^1].Name);
        Assert.Equal(["privileges", "hooks", "hibernation", "passwords", "generalize", "host-keys", "current-image", "sync"], WindowsSteps.PreCapture.Where(step => step.Fatal).Select(step => step.Name));
    }

    private static FakeWindows Golden()
    {
        var windows = new FakeWindows();
        windows.SetValue(@"SOFTWARE\Microsoft\Cryptography", "MachineGuid", "11111111-2222-3333-4444-555555555555");
        windows.SetValue(@"SYSTEM\CurrentControlSet\Control\Power", "HibernateEnabled", 0);
        windows.Rename("golden");
        windows.SetValue(Names + @"\ActiveComputerName", "ComputerName", "golden");
        windows.Write("", "ProgramData", "ssh", "ssh_host_ed25519_key");
        windows.Run("ssh-keygen.exe", ["-q", windows.PathOf("ProgramData", "ssh", "ssh_host_ed25519_key")]);
        windows.Ran.Clear();
        return windows;
    }

    private static Task<StepsOutcome> CaptureAsync(FakeWindows windows) => Module.PrepareCaptureAsync(windows, Identities.Capture, TestContext.Current.CancellationToken);

    private static async Task<StepsOutcome> UntilDoneAsync(Func<Task<StepsOutcome>> call)
    {
        for (var calls = 1; ; calls++)
        {
            var outcome = await call();
            if (outcome.Complete || outcome.FailedStep is not null || calls == 200)
                return outcome;
        }
    }
}
