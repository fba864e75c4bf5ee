using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>The life of a real dnsmasq over a real SSH connection: checked by its own --test, started anew for another content, proven by an answer.</summary>
public sealed class NameServerTests : IAsyncLifetime
{
    private readonly WebHost _host = new();
    private readonly Driver _driver = WebHost.DriverFor("dns");
    private readonly int _port = Ports.Free();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PathOfContent => Path.Combine(_host.Root, "etc", "dns.conf");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/dnsmasq") && File.Exists("/usr/bin/busybox"), "needs dnsmasq-base and busybox-static");
        await _host.InitializeAsync();
        var (root, pid) = (_host.Root, $"{_host.Root}/$1.pid");
        _host.Spec.Files = [$"{root}/etc/{{machine}}.conf"];
        _host.Spec.Check = $"dnsmasq --test -C \"$2{root}/etc/$1.conf\"";
        // dnsmasq reads its configuration only when it starts. The number in the file may be another's.
        _host.Spec.Activate = $$"""
            old=$(cat "{{pid}}" 2>/dev/null)
            if [ -n "$old" ] && grep -qa "{{root}}" "/proc/$old/cmdline" 2>/dev/null; then kill "$old"; while [ -d "/proc/$old" ]; do sleep 0.05; done; fi
            dnsmasq --user=root --pid-file="{{pid}}" -C {{root}}/etc/$1.conf
            """;
        _host.Spec.Verify = $"""
            want=$(sed -n 's|^address=/www.example.test/||p' {root}/etc/$1.conf)
            busybox nslookup www.example.test 127.0.0.1:{_port} | grep -qx "Address: $want" || [ "$?" != 1 ] || exit 1
            """;
        _host.Restart();
        await File.WriteAllTextAsync(PathOfContent, Content("192.0.2.7"), Token);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, await ImageAsync("first", Content("192.0.2.7"))), _host.Engine);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task It_answers_by_another_content_after_a_load_and_a_change_by_hand_is_seen()
    {
        Assert.Equal("192.0.2.7", await AskAsync());
        var image = await ImageAsync("second", Content("192.0.2.8"));

        await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal("192.0.2.8", await AskAsync());
        Assert.Equal(image.RevisionId, (await _host.Engine.GetCurrentImageAsync(_driver.Node, Token)).RevisionId);
        await File.AppendAllTextAsync(PathOfContent, "address=/more.example.test/192.0.2.9\n", Token);
        var seen = await _host.Engine.ObserveAsync(_driver.Node, Token);
        Assert.Equal(FactValue.Yes, seen.Exists.Value);
        Assert.NotEqual(image.Digest, seen.ContentsDigest);
    }

    [Fact]
    public async Task What_its_own_test_refuses_changes_nothing()
    {
        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await ImageAsync("broken", Content("192.0.2.8") + "no-such-option=1\n")), _host.Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.StepFailed, FailureKind.NeedsPerson, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Contains("does not pass the check", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("bad option", outcome.Message, StringComparison.Ordinal);
        Assert.Equal("192.0.2.7", await AskAsync());
    }

    [Fact]
    public async Task What_passes_the_test_and_does_not_start_is_rolled_back_and_the_old_content_answers_again()
    {
        var before = (await _host.Engine.ObserveAsync(_driver.Node, Token)).ContentsDigest;

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await ImageAsync("elsewhere", Content("192.0.2.8") + "listen-address=192.0.2.77\n")), _host.Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.StepFailed, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        Assert.Contains("could not be made to use elsewhere", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("192.0.2.77", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("The content from before is back, and works.", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(before, (await _host.Engine.ObserveAsync(_driver.Node, Token)).ContentsDigest);
        Assert.Equal("192.0.2.7", await AskAsync());
    }

    private string Content(string address) => $"port={_port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\naddress=/www.example.test/{address}\n";

    private Task<ImageTarget> ImageAsync(string name, string content) =>
        _host.ImageAsync(name, "", "", $"provisioning-configuration 1\nfile 644 {content.Length} {_host.Spec.Files[0]}\n\n{content}");

    private async Task<string> AskAsync()
    {
        var answer = await Programs.RunAsync("sh", ["-c", $"busybox nslookup www.example.test 127.0.0.1:{_port} || :"]);
        return answer.Split('\n').LastOrDefault(line => line.StartsWith("Address: ", StringComparison.Ordinal))?["Address: ".Length..] ?? answer;
    }
}
