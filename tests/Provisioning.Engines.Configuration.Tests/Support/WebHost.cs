using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Configuration.Tests.Support;

/// <summary>A host, reached over a real sshd, with real nginx servers of our own: one for each Node, unprivileged ports on 127.0.0.1, all files in one directory.</summary>
public sealed class WebHost : IAsyncLifetime
{
    private readonly SshServer _ssh = new();
    private readonly Dictionary<string, int> _ports = new(StringComparer.Ordinal);
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(3), DefaultRequestHeaders = { ConnectionClose = true } };

    public string Root => _ssh.Directory;

    public SshServer Ssh => _ssh;

    public ConfigurationSpec Spec { get; private set; } = new();

    public static bool HasNginx => File.Exists("/usr/sbin/nginx");

    internal ConfigurationEngine Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _ssh.PrepareAsync();
        Directory.CreateDirectory(Path.Combine(Root, "etc"));
        Spec = new()
        {
            Address = "127.0.0.1",
            Port = _ssh.Port,
            User = Environment.UserName,
            HostKeys = [_ssh.HostKey],
            ImageDirectory = Path.Combine(Root, "images"),
            WorkDirectory = Path.Combine(Root, "work"),
            Files = [$"{Root}/etc/{{machine}}/nginx.conf", $"{Root}/etc/{{machine}}/greeting.conf"],
            Check = $"nginx -t -q -c \"$2{Root}/etc/$1/nginx.conf\"",
            Activate = $"if kill -0 \"$(cat {Root}/$1.pid 2>/dev/null)\" 2>/dev/null; then nginx -c {Root}/etc/$1/nginx.conf -s reload; else nginx -c {Root}/etc/$1/nginx.conf; fi",
            // One answer tells both, version and health: two could come from a new worker of nginx and from an old one, which goes on for a moment.
            Verify = $$"""
                port=$(sed -n 's/.*listen 127.0.0.1:\([0-9]*\).*/\1/p' {{Root}}/etc/$1/nginx.conf)
                want=$(sed -n 's/# version //p' {{Root}}/etc/$1/greeting.conf)
                for try in $(seq 100); do
                  answer=$(curl -s -w ' %{http_code}' http://127.0.0.1:$port/health)
                  case $answer in "$want 200") exit 0 ;; "$want "*) echo "version $want answers ${answer#* }"; exit 1 ;; esac
                  sleep 0.2
                done
                echo "version $want is not served"; exit 1
                """,
            CommandSeconds = 60,
        };
        Restart();
    }

    /// <summary>A new engine with the settings as they are now.</summary>
    public void Restart() => Engine = NewEngine(Spec);

    internal ConfigurationEngine NewEngine(ConfigurationSpec spec)
    {
        var connector = new SshConnector(TimeProvider.System, NullLoggerFactory.Instance);
        return new(
            new() { Namespace = "web", Name = "sites", Spec = new() { Type = ProvisionerType.Configuration, Configuration = spec }, Credentials = _ssh.Login },
            connector, new(connector, TimeProvider.System, NullLoggerFactory.Instance), TimeProvider.System, NullLoggerFactory.Instance);
    }

    public static NodeTarget Node(string name) => new() { Namespace = "web", Name = name, Uid = $"uid-{name}", Spec = new() };

    public static CaptureTarget Capture(string name = "golden") => new()
    {
        ImageName = name, Revision = "7", Preparation = CapturePreparation.None, UncleanShutdown = UncleanShutdownPolicy.Fail,
    };

    public static Driver DriverFor(string name) => new(Node(name)) { IdPrefix = name + "-", LongestPoll = TimeSpan.FromMilliseconds(300) };

    /// <summary>The Node's files.</summary>
    public string PathOf(string node, string file = "greeting.conf") => Path.Combine(Root, "etc", node, file);

    /// <summary>Writes the configuration of a site and starts it by hand, as it was before its Node.</summary>
    public async Task StartSiteAsync(string node, string version = "1")
    {
        Directory.CreateDirectory(Path.Combine(Root, "etc", node));
        await File.WriteAllTextAsync(PathOf(node, "nginx.conf"), Main(node));
        await File.WriteAllTextAsync(PathOf(node), Greeting(version));
        await Programs.RunAsync("nginx", ["-c", PathOf(node, "nginx.conf")]);
        Assert.Equal(version, await GetAsync(node, "version"));
    }

    public string Main(string node) =>
        $$"""
        pid {{Root}}/{{node}}.pid;
        error_log {{Root}}/{{node}}.log;
        worker_processes 1;
        events {}
        http {
          access_log off;
          client_body_temp_path {{Root}}/tmp; proxy_temp_path {{Root}}/tmp; fastcgi_temp_path {{Root}}/tmp; uwsgi_temp_path {{Root}}/tmp; scgi_temp_path {{Root}}/tmp;
          server { listen 127.0.0.1:{{PortOf(node)}}; include greeting.conf; }
        }

        """;

    /// <summary>Settings that serve a version. One that is "sick" passes the check and answers 500.</summary>
    public static string Greeting(string version, bool sick = false, string more = "") =>
        $$"""
        # version {{version}}
        location = /version { return 200 "{{version}}"; }
        location = /health { return {{(sick ? 500 : 200)}} "{{version}}"; }
        {{more}}

        """;

    public int PortOf(string node) => _ports.TryGetValue(node, out var port) ? port : _ports[node] = Ports.Free();

    /// <summary>Old workers of nginx may take a last connection after the new ones have begun.</summary>
    public async Task AssertServesAsync(string node, string version)
    {
        var served = await GetAsync(node, "version");
        for (var attempt = 0; served != version && attempt < 150; attempt++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            served = await GetAsync(node, "version");
        }

        Assert.Equal(version, served);
    }

    public Task<string> GetAsync(string node, string what) => _client.GetStringAsync($"http://127.0.0.1:{PortOf(node)}/{what}");

    /// <summary>Asks the site again and again, beginning now.</summary>
    public Task<SiteWatch> WatchAsync(string node) => SiteWatch.BeginAsync(_client, new Uri($"http://127.0.0.1:{PortOf(node)}/version"));

    /// <summary>An image of two files in the library, as a capture would make it.</summary>
    public async Task<ImageTarget> ImageAsync(string name, string main, string greeting, string? text = null)
    {
        text ??= $"provisioning-configuration 1\nfile 644 {main.Length} {Spec.Files[0]}\nfile 644 {greeting.Length} {Spec.Files[1]}\n\n{main}{greeting}";
        Directory.CreateDirectory(Spec.ImageDirectory);
        var path = Path.Combine(Spec.ImageDirectory, $"{name}.conf");
        await File.WriteAllTextAsync(path, text);
        return new() { Name = name, Revision = "1", Digest = await DigestAsync(path), Format = ImageFormat.Configuration, FileName = $"{name}.conf" };
    }

    public Task<ImageTarget> SiteImageAsync(string node, string version, bool sick = false, string more = "") => ImageAsync($"{node}-{version}", Main(node), Greeting(version, sick, more));

    public static async Task<string> DigestAsync(string path) => "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path)));

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _client.Dispose();
        foreach (var file in Directory.GetFiles(Root, "*.pid"))
        {
            if (int.TryParse(await File.ReadAllTextAsync(file), out var pid))
                EndNginx(pid);
        }

        await _ssh.DisposeAsync();
    }

    /// <summary>The id may be somebody else's by now.</summary>
    private void EndNginx(int pid)
    {
        if (!File.Exists($"/proc/{pid}/cmdline") || !File.ReadAllText($"/proc/{pid}/cmdline").Contains(Root, StringComparison.Ordinal))
            return;
        using var master = Process.GetProcessById(pid);
        master.Kill(entireProcessTree: true);
        master.WaitForExit(5000);
    }
}
