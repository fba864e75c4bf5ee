using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Services;

/// <summary>A host with a real nginx of its own, reached over a real sshd, and the objects for it.</summary>
public sealed class WebSite : IAsyncDisposable
{
    private readonly SshServer _ssh = new();
    private readonly int _port = Ports.Free();

    public string Root => _ssh.Directory;

    private string Main => Path.Combine(Root, "nginx.conf");

    public string Site => Path.Combine(Root, "site.conf");

    public static string Text(string version, bool sick = false) =>
        $$"""
        # version {{version}}
        location = /version { return 200 "{{version}}"; }
        location = /health { return {{(sick ? 500 : 200)}} "{{version}}"; }

        """;

    public async Task StartAsync(Lab lab)
    {
        await _ssh.PrepareAsync();
        await File.WriteAllTextAsync(Main,
            $$"""
            pid {{Root}}/nginx.pid; error_log {{Root}}/nginx.log; worker_processes 1; events {}
            http { access_log off;
              client_body_temp_path {{Root}}/tmp; proxy_temp_path {{Root}}/tmp; fastcgi_temp_path {{Root}}/tmp; uwsgi_temp_path {{Root}}/tmp; scgi_temp_path {{Root}}/tmp;
              server { listen 127.0.0.1:{{_port}}; include site.conf; } }
            """);
        await File.WriteAllTextAsync(Site, Text("1"));
        await Programs.RunAsync("nginx", ["-c", Main]);
        await lab.Kubectl.RunAsync("create", "secret", "generic", "web-login", $"--from-file=ssh-privatekey={Root}/client");
        await lab.Kubectl.ApplyAsync(NewProvisioner());
    }

    /// <summary>The Provisioner of the host.</summary>
    public Provisioner NewProvisioner() => new()
    {
        Metadata = new() { Name = "web" },
        Spec = new()
        {
            Type = ProvisionerType.Configuration,
            Configuration = new()
            {
                Address = "127.0.0.1",
                Port = _ssh.Port,
                User = Environment.UserName,
                CredentialsSecretRef = new() { Name = "web-login" },
                HostKeys = [_ssh.HostKey],
                ImageDirectory = $"{Root}/images",
                WorkDirectory = $"{Root}/work",
                Files = [Site],
                Check = $"sed 's|include site.conf|include '\"$2\"'{Site}|; s|{Root}/nginx.pid|{Root}/check.pid|' {Main} >\"$2/whole.conf\" && nginx -t -q -c \"$2/whole.conf\"",
                Activate = $"nginx -c {Main} -s reload",
                // One answer tells both, version and health: two could come from a new worker of nginx and from an old one, which goes on for a moment.
                Verify = $$"""
                    want=$(sed -n 's/# version //p' {{Site}})
                    for try in $(seq 100); do
                      answer=$(curl -s -w ' %{http_code}' http://127.0.0.1:{{_port}}/health)
                      case $answer in "$want 200") exit 0 ;; "$want "*) echo "version $want answers ${answer#* }"; exit 1 ;; esac
                      sleep 0.2
                    done
                    echo "version $want is not served"; exit 1
                    """,
                CommandSeconds = 60,
            },
            Timeouts = new() { ObserveSeconds = 2 },
        },
    };

    public static Node NewNode(string? image) => new()
    {
        Metadata = new() { Name = "shop" },
        Spec = new() { ProvisionerRef = new() { Name = "web" }, ImageRef = image is null ? null : new() { Name = image } },
    };

    /// <summary>What the site serves at this moment.</summary>
    public async Task<string> VersionAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        return await client.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/version"));
    }

    /// <summary>An Image that holds the site's file with a text.</summary>
    public async Task<Api.Images.Image> NewImageAsync(string name, string text)
    {
        var path = $"{Root}/images/{name}.conf";
        await File.WriteAllTextAsync(path, $"provisioning-configuration 1\nfile 644 {text.Length} {Site}\n\n{text}");
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path)));
        var image = NewImageOf(name);
        image.Spec.Digest = $"sha256:{digest}";
        return image;
    }

    /// <summary>An Image of a file that may not exist.</summary>
    public static Api.Images.Image NewImageOf(string name) =>
        new() { Metadata = new() { Name = name }, Spec = new() { Revision = "1", Digest = "sha256:" + new string('0', 64), Format = Api.Images.ImageFormat.Configuration, FileName = $"{name}.conf", OperatingSystem = OperatingSystemType.None } };

    public async ValueTask DisposeAsync()
    {
        if (File.Exists($"{Root}/nginx.pid"))
            await Programs.TryAsync("nginx", ["-c", Main, "-s", "stop"]);
        await _ssh.DisposeAsync();
    }
}
