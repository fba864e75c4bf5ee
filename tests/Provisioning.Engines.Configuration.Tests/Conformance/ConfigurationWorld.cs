using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Conformance.Remote;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Configuration.Tests.Conformance;

/// <summary>Real nginx servers on a host behind a real sshd, and every fault of a connection to it.</summary>
internal sealed class ConfigurationWorld : IEngineHarness, ISshConnector
{
    private readonly string _root = Directory.CreateTempSubdirectory("provisioning-sites-").FullName;
    private readonly ConcurrentDictionary<string, Site> _sites = [];
    private readonly Dictionary<string, ImageTarget> _images = [];
    private readonly RecordedLog _log = new();
    private readonly AheadClock _clock = new();
    private readonly FaultyConnections _connections = new("The host");

    public string Engine => "Configuration";

    public string Counterpart => "nginx behind a real sshd";

    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.Images | EngineCapabilities.RetrieveImage | EngineCapabilities.DeleteImage;

    /// <summary>Every call of an engine is dozens of processes.</summary>
    public EngineTraits Traits => new() { IsCostly = true, HasOperatingSystem = false };

    public TimeProvider Clock => _clock;

    public IReadOnlyList<SecretText> Secrets => [Ssh.Login.PrivateKey!];

    public IReadOnlyList<string> Logged => _log.Messages;

    private static SshServer Ssh => SharedHost.Instance.Ssh;

    private ConfigurationSpec Spec => new()
    {
        Address = "127.0.0.1",
        Port = Ssh.Port,
        User = Environment.UserName,
        HostKeys = [Ssh.HostKey],
        ImageDirectory = Path.Combine(_root, "images"),
        WorkDirectory = Path.Combine(_root, "work"),
        Files = [.. Site.Files.Select(file => $"{_root}/etc/{{machine}}/{file}")],
        Check = $"[ ! -e {_root}/stuck ] || exec sleep 600; sed \"s|include |include $2|\" {_root}/$1.main >{_root}/$1.check && nginx -t -q -c {_root}/$1.check",
        Activate = $"if kill -0 \"$(cat {_root}/$1.pid 2>/dev/null)\" 2>/dev/null; then nginx -c {_root}/$1.main -s reload; else nginx -c {_root}/$1.main; fi",
        Verify = $$"""
            port=$(sed -n 's/.*listen 127.0.0.1:\([0-9]*\).*/\1/p' {{_root}}/$1.main)
            want=$(sed -n 's/# version //p' {{_root}}/etc/$1/site.conf)
            try=0
            while [ "$(curl -s http://127.0.0.1:$port/version)" != "$want" ]; do try=$((try + 1)); [ "$try" -lt 200 ] || { echo "version $want is not served"; exit 1; }; sleep 0.05; done
            """,
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        foreach (var site in _sites.Values)
            site.Stop();
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    public IProvisioningEngine NewEngine() => new ConfigurationEngine(
        new() { Namespace = "web", Name = "sites", Spec = new() { Type = ProvisionerType.Configuration, Configuration = Spec }, Credentials = Ssh.Login }, this, new(this, _clock, _log), _clock, _log);

    public async Task<NodeTarget> NewNodeAsync(string name)
    {
        _sites[name] = await new Site(_root, name).PrepareAsync();
        return new() { Namespace = "web", Name = name, Uid = $"uid-{name}", Spec = new() };
    }

    /// <summary>One has both files, the other lacks the second: that is part of it.</summary>
    public async Task<ImageTarget> ImageAsync(string name)
    {
        if (_images.TryGetValue(name, out var image))
            return image;
        var text = Site.Canonical(_root, [$"# version {name}\nlocation = /version {{ return 200 \"{name}\"; }}\n", name == "base" ? "# more\n" : null]);
        Directory.CreateDirectory(Spec.ImageDirectory);
        await File.WriteAllTextAsync(Path.Combine(Spec.ImageDirectory, $"{name}.conf"), text);
        return _images[name] = new() { Name = name, Revision = "1", Digest = Site.DigestOf(text), Format = ImageFormat.Configuration, FileName = $"{name}.conf" };
    }

    public Task<ImageTarget> MissingImageAsync(string name) =>
        Task.FromResult(new ImageTarget { Name = name, Revision = "1", Digest = "sha256:" + new string('0', 64), Format = ImageFormat.Configuration, FileName = $"{name}.conf" });

    public Task PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
    }

    public Task<MachineView> LookAsync(NodeTarget node) => Task.FromResult(new MachineView(_sites[node.Name].Effects, On: null, _sites[node.Name].Digest()));

    public string? Lacks(WorldFault fault) => null;

    public Task<IAsyncDisposable> InjectAsync(WorldFault fault, NodeTarget? node = null)
    {
        if (node is not null)
            return Task.FromResult<IAsyncDisposable>(new InjectedFault(_sites[node.Name].Hide()));
        if (fault == WorldFault.Stuck)
        {
            var file = Path.Combine(_root, "stuck");
            File.WriteAllText(file, "");
            return Task.FromResult<IAsyncDisposable>(new InjectedFault(() => File.Delete(file)));
        }

        _connections.Fault = fault;
        return Task.FromResult<IAsyncDisposable>(new InjectedFault(() => _connections.Fault = null));
    }

    public async Task<ISshSession> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Not through the shared connector: it would go on refusing a login that was refused.
        var real = new SshConnector(TimeProvider.System, NullLoggerFactory.Instance);
        switch (_connections.Fault)
        {
            case WorldFault.Unreachable:
                return await real.ConnectAsync(endpoint with { Port = Ports.Free() }, cancellationToken);
            case WorldFault.CredentialsRefused:
                return await real.ConnectAsync(endpoint with { Credentials = endpoint.Credentials with { PrivateKey = null, Password = new("wrong-password-1f") } }, cancellationToken);
            default:
                await _connections.LogInAsync(cancellationToken);
                return _connections.Over(await SharedHost.Instance.SessionAsync(endpoint), isShared: true);
        }
    }
}
