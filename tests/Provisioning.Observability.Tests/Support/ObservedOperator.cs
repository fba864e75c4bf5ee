using System.Diagnostics;
using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Observability.Tests.Support;

/// <summary>
/// The operator as a process, with all that it tells of itself: it has loaded two of three machines one after the other, captured one of them, and the third waits for a
/// person. Once for all tests.
/// </summary>
public sealed class ObservedOperator : IAsyncLifetime
{
    /// <summary>A password that nothing may tell.</summary>
    public const string Password = "open-sesame-4711";

    private const string Namespace = "lab";
    private const string ProvisionerName = "room";
    private const string ImageName = "debian";

    private static readonly FakeKind NodeKind = KindOf("Node", "nodes");
    private static readonly FakeKind CaptureKind = KindOf("ImageCapture", "imagecaptures");
    private static readonly FakeKind ImageKind = KindOf("Image", "images");
    private static readonly FakeKind ProvisionerKind = KindOf("Provisioner", "provisioners");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-observed-");
    private readonly List<string> _lines = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private FakeApiServer? _server;
    private TraceReceiver? _traces;
    private Process? _process;
    private string? _address;

    /// <summary>Where it answers.</summary>
    public string Address => _address!;

    /// <summary>Text of all traces that it has sent so far.</summary>
    public string Traces => _traces!.Received;

    /// <summary>The lines that it has logged so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>What /metrics says now.</summary>
    public Task<string> ScrapeAsync() => _http.GetStringAsync(new Uri($"{Address}/metrics"), TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync([NodeKind, ImageKind, CaptureKind, ProvisionerKind]);
        _traces = await TraceReceiver.StartAsync();
        PutObjects();
        await StartAsync();
        await UntilAsync(() => HasLogged(2009, "lab/n1") && HasLogged(2009, "lab/n2") && HasLogged(2007, "lab/n3"), "two Nodes ready and one stalled");
        Put(CaptureKind, new ImageCapture { Metadata = Meta("take"), Spec = new() { NodeRef = new() { Name = "n1" }, ImageName = "golden" } });
        await UntilAsync(() => Lines.Any(line => line.Contains("\"event\":2003", StringComparison.Ordinal) && line.Contains("Capture", StringComparison.Ordinal)), "a capture");
    }

    /// <summary>Waits until something is so.</summary>
    public Task UntilAsync(Func<bool> isSo, string what) =>
        Poll.UntilAsync($"there is {what}", () => Task.FromResult(isSo()), Patience, isLost: () => _process!.HasExited, describe: () => Task.FromResult($"It logged:\n{string.Join('\n', Lines)}"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _http.Dispose();
        if (_traces is not null)
            await _traces.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private void PutObjects()
    {
        Put(ProvisionerKind, new Provisioner
        {
            Metadata = Meta(ProvisionerName),
            Spec = new() { Type = ProvisionerType.Simulated, Simulated = new() { LoadSeconds = 1, CaptureSeconds = 1, PowerSeconds = 0 }, Limits = new() { ConcurrentOperations = 1 } },
        });
        Put(ImageKind, new Image { Metadata = Meta(ImageName), Spec = new() { Revision = "1", Digest = $"sha256:{new string('1', 64)}", Format = ImageFormat.Qcow2, FileName = "debian.qcow2" } });
        _server!.Put(FakeKind.BuiltIn.Single(kind => kind.Kind == "Secret"), $$$"""{"metadata":{"name":"login","namespace":"{{{Namespace}}}"},"data":{"password":"{{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Password))}}}"}}""");
        Put(NodeKind, NewNode("n1", ImageName));
        Put(NodeKind, NewNode("n2", ImageName));
        Put(NodeKind, NewNode("n3", "missing"));
    }

    private static Node NewNode(string name, string image) => new()
    {
        Metadata = Meta(name),
        Spec = new()
        {
            ProvisionerRef = new() { Name = ProvisionerName },
            ImageRef = new() { Name = image },
            OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", CredentialsSecretRef = new() { Name = "login" } },
        },
    };

    private async Task StartAsync()
    {
        var kubeconfig = Path.Combine(_folder.FullName, "kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, _server!.Kubeconfig());
        _address = $"http://127.0.0.1:{Ports.Free()}";
        var start = new ProcessStartInfo(SourceTree.Operator, [$"--kubeconfig={kubeconfig}", $"--listen={_address}", "--log-format=json", "--log-level=debug", "--leader-election", $"--lease-namespace={Namespace}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = _traces!.Address;
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        start.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        _process = new() { StartInfo = start };
        _process.OutputDataReceived += Take;
        _process.ErrorDataReceived += Take;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Take(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (_lines)
            _lines.Add(line.Data);
    }

    private bool HasLogged(int @event, string word) =>
        Lines.Any(line => line.Contains($"\"event\":{@event},", StringComparison.Ordinal) && line.Contains($"\"{word}\"", StringComparison.Ordinal));

    private void Put(FakeKind kind, IKubernetesEntity entity) => _server!.Put(kind, JsonSerializer.Serialize(entity, ApiJsonContext.Default.GetTypeInfo(entity.GetType())!));

    private static ObjectMeta Meta(string name) => new() { Name = name, Namespace = Namespace };

    private static FakeKind KindOf(string kind, string plural) => new(ApiGroup.Name, ApiGroup.Version, kind, plural);
}
