using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Provisioning.Chart.Tests.Bed;

/// <summary>
/// One replica of the chart's Deployment, run as a kubelet would: its arguments and environment, its user without any privilege, a read-only root, its
/// volumes (a token of its service account from the TokenRequest API, the CA, the namespace), all in a mount namespace of its own. The program
/// lies where the image would have it. Needs root.
/// </summary>
public sealed class Replica : IAsyncDisposable
{
    private const string Container = """
        set -e
        pod=$1 app=$2 uid=$3 gid=$4 name=$5
        shift 5
        hostname "$name"
        mount -t tmpfs tmpfs /run
        mkdir -p /run/secrets/kubernetes.io/serviceaccount /run/app
        mount --bind "$app" /run/app
        mount --bind "$pod/token" /run/secrets/kubernetes.io/serviceaccount
        mount -t tmpfs -o mode=1777 tmpfs /tmp
        mount -o remount,bind,ro /
        cd /
        exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
        """;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly string _folder;
    private bool _disposed;

    private Replica(Process process, string folder, Uri url) => (_process, _folder, Url) = (process, folder, url);

    /// <summary>Where it answers probes.</summary>
    public Uri Url { get; }

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>The name of its pod.</summary>
    public string Name => $"replica-{Url.Port}";

    /// <summary>What it printed.</summary>
    public string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    /// <summary>Starts a replica of a Deployment that is in the cluster.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="deployment">The Deployment as the API server has it.</param>
    /// <param name="port">Its port for probes; each pod would have an address of its own.</param>
    public static async Task<Replica> StartAsync(Cluster cluster, JsonObject deployment, int port)
    {
        var folder = cluster.Folder.CreateSubdirectory($"pod-{port}").FullName;
        var pod = deployment["spec"]!["template"]!["spec"]!;
        var container = pod["containers"]![0]!;
        await MountTokenAsync(cluster, (string)deployment["metadata"]!["namespace"]!, pod, Path.Combine(folder, "token"));
        await File.WriteAllTextAsync(Path.Combine(folder, "log"), "");

        var published = (int)container["ports"]![0]!["containerPort"]!;
        var arguments = container["args"]!.AsArray().Select(argument => ((string)argument!).Replace($"0.0.0.0:{published}", $"127.0.0.1:{port}", StringComparison.Ordinal));
        var environment = container["env"]!.AsArray().Select(variable => $"{variable!["name"]}={variable["value"]}");
        var security = pod["securityContext"]!;
        string[] command =
        [
            // The log is opened outside: a file that is open for writing would keep the root from becoming read-only.
            "-c", "log=$1; shift; exec unshare \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", Path.Combine(folder, "log"), "--mount", "--uts", "--propagation", "private", "/bin/sh", "-c", Container, "sh", folder, Path.GetDirectoryName(SourceTree.Operator)!, $"{security["runAsUser"]}", $"{security["runAsGroup"]}", $"replica-{port}",
            "/usr/bin/env", "-i", "PATH=/usr/bin:/bin", $"KUBERNETES_SERVICE_HOST={cluster.Server.Host}", $"KUBERNETES_SERVICE_PORT={cluster.Server.Port}",
            .. environment, "/run/app/provisioning-operator", .. arguments,
        ];
        // Each program becomes the next one, so the id is the operator's.
        return new(Process.Start(new ProcessStartInfo(Urgency.Launcher[0], [.. Urgency.Launcher.Skip(1), "/bin/sh", .. command]) { UseShellExecute = false })!, folder, new($"http://127.0.0.1:{port}"));
    }

    /// <summary>Waits until its readiness probe passes.</summary>
    public async Task ReadyAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Poll.UntilAsync("the operator is ready", () => AnswersAsync(client, "readyz"), StartLimit, isLost: () => !IsRunning, describe: () => Task.FromResult(Log));
        Assert.True(await AnswersAsync(client, "healthz"), "It is ready but not alive.");
    }

    /// <summary>Ends it at once.</summary>
    public async Task KillAsync()
    {
        if (IsRunning)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (IsRunning)
        {
            await Programs.SignalAsync(_process.Id, "TERM");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(45));
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task<bool> AnswersAsync(HttpClient client, string probe)
    {
        try
        {
            return (await client.GetAsync(new Uri(Url, probe))).IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>What the kubelet makes of the projected volume. A pod that mounts none gets none.</summary>
    private static async Task MountTokenAsync(Cluster cluster, string @namespace, JsonNode pod, string folder)
    {
        Directory.CreateDirectory(folder);
        var volume = pod["volumes"]!.AsArray().Single(volume => (string)volume!["name"]! == "token")!["projected"]!;
        foreach (var source in volume["sources"]!.AsArray())
        {
            if (source!["serviceAccountToken"] is { } token)
            {
                var request = $$$"""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":{{{token["expirationSeconds"]}}}}}""";
                var answer = (await cluster.Kubectl(@namespace).TryAsync(request, "create", "--raw", $"/api/v1/namespaces/{@namespace}/serviceaccounts/{pod["serviceAccountName"]}/token", "-f", "-")).Succeeded();
                await File.WriteAllTextAsync(Path.Combine(folder, (string)token["path"]!), (string)JsonNode.Parse(answer)!["status"]!["token"]!);
            }
            else if (source["configMap"] is { } map)
            {
                // Without a controller manager nobody copies the CA into each namespace.
                Assert.Equal("kube-root-ca.crt", (string)map["name"]!);
                await File.WriteAllTextAsync(Path.Combine(folder, (string)map["items"]![0]!["path"]!), cluster.Ca);
            }
            else
            {
                await File.WriteAllTextAsync(Path.Combine(folder, (string)source["downwardAPI"]!["items"]![0]!["path"]!), @namespace);
            }
        }
    }
}
