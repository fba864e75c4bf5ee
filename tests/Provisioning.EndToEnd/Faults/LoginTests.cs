using Provisioning.Api;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>What the operator and the VM host know each other by changes in the middle of a load.</summary>
/// <param name="bare">The machine.</param>
[Collection(FaultTests.Name)]
public sealed class LoginTests(BareMachineFixture bare)
{
    private readonly FaultReport _report = new();

    [Fact]
    public async Task Nothing_is_sent_to_a_host_that_shows_another_key_and_the_load_goes_on_when_it_shows_its_own()
    {
        var machine = await bare.ReadyAsync();
        var (host, mark) = (machine.Lab.Host, machine.Lab.Host.Commands.Mark());
        var key = Path.Combine(host["HOME"], "ssh", "host_key");
        await host.AnswerLateAsync("destroy", seconds: 20);
        var token = await machine.ReloadAsync();
        await machine.UntilBegunAsync("destroy", mark);

        _report.Injected(Fault.HostKeyChanged);
        await host.CutOffAsync();
        foreach (var file in (string[])["", ".pub"])
            File.Move(key + file, key + file + ".own");
        await host.StartAsync();
        try
        {
            var told = await machine.Lab.UntilAsync(machine.Name, "told of the other key", found => found.Status?.Operation?.Message?.Contains("host key", StringComparison.OrdinalIgnoreCase) == true);
            Assert.Contains("spec.libvirt.hostKeys of the Provisioner host", told.Status!.Operation!.Message, StringComparison.Ordinal);
            // Its own job, begun before, ended without us; nothing came after it.
            Assert.Equal("destroy", host.Commands.Since(mark).Last(command => command.HasEffect).Verb);
        }
        finally
        {
            await host.CutOffAsync();
            foreach (var file in (string[])["", ".pub"])
                File.Move(key + file + ".own", key + file, overwrite: true);
            await host.StartAsync();
        }

        await machine.UntilLoadedOnceAsync(token, mark);
        _report.Survived();
    }

    [Fact]
    public async Task A_load_goes_on_with_the_new_login_when_the_old_one_was_taken_away()
    {
        var machine = await bare.ReadyAsync();
        var (host, mark) = (machine.Lab.Host, machine.Lab.Host.Commands.Mark());
        var authorized = Path.Combine(host["HOME"], "ssh", "authorized_keys");
        var folder = Directory.CreateTempSubdirectory("provisioning-key-");
        var key = Path.Combine(folder.FullName, "rotated");
        await Programs.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key], cancellationToken: TestContext.Current.CancellationToken);
        var fingerprint = (await Programs.RunAsync("ssh-keygen", ["-l", "-f", key + ".pub"], cancellationToken: TestContext.Current.CancellationToken)).Split(' ')[1];
        var original = await File.ReadAllTextAsync(authorized, TestContext.Current.CancellationToken);
        await host.AnswerLateAsync("define", seconds: 20);
        var token = await machine.ReloadAsync();
        await machine.UntilBegunAsync("define", mark);
        try
        {
            _report.Injected(Fault.SecretRotated);
            await File.WriteAllTextAsync(authorized, await File.ReadAllTextAsync(key + ".pub", TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
            await host.EndSessionsAsync();
            var told = await machine.Lab.UntilAsync(machine.Name, "told of the refused login", found => found.Status?.Operation?.Message?.Contains("host-login", StringComparison.Ordinal) == true);
            TestContext.Current.TestOutputHelper!.WriteLine(told.Status!.Operation!.Message!);
            Assert.Equal("define", host.Commands.Since(mark).Last(command => command.HasEffect).Verb);

            await RotateAsync(machine, key);
            await machine.UntilLoadedOnceAsync(token, mark);
            Assert.Contains(fingerprint, await File.ReadAllTextAsync(host.SshLog, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            await File.WriteAllTextAsync(authorized, original, TestContext.Current.CancellationToken);
            await RotateAsync(machine, host["CLIENT_KEY"]);
            folder.Delete(recursive: true);
        }

        await machine.Lab.UntilReadyAsync(machine.Name);
        _report.Survived();
    }

    private static Task RotateAsync(BareMachine machine, string key)
    {
        var bytes = Convert.ToBase64String(File.ReadAllBytes(key));
        return machine.Lab.Kubectl.PatchAsync("secret", "host-login", $$"""{"data":{"ssh-privatekey":"{{bytes}}"} }""");
    }
}
