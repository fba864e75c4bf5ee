using Microsoft.Extensions.Logging.Testing;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>A reflector of widgets on a fake server over a real socket; its clock moves only when a test says so.</summary>
internal sealed class ReflectorFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _ends = new();
    private Task _run = Task.CompletedTask;

    private ReflectorFixture(FakeApiServer server, ReflectorOptions<Widget> options, ResourceDefinition<Widget> definition)
    {
        Server = server;
        Reflector = new(server.Connect(Time), definition, options, Time, new Random(1), Log);
        Reflector.AddSink(Sink);
    }

    public FakeApiServer Server { get; }

    public ObservableTime Time { get; } = new();

    public FakeLogger<ResourceReflector<Widget>> Log { get; } = new();

    public RecordingSink Sink { get; } = new();

    public ResourceReflector<Widget> Reflector { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<ReflectorFixture> CreateAsync(ReflectorOptions<Widget>? options = null, int logCapacity = 10_000, ResourceDefinition<Widget>? definition = null) =>
        new(await FakeApiServer.StartAsync([Widget.FakeKind], logCapacity: logCapacity), options ?? new(), definition ?? Widget.Definition);

    /// <summary>Starts the reflector; completes when it watches.</summary>
    public async Task RunUntilWatchingAsync()
    {
        Run();
        await Reflector.WaitForSyncAsync(Stop);
        await WatchesAsync(1);
        await SettleAsync();
    }

    /// <summary>Completes when the reflector reads its watch: not before that may the clock pass the deadline of the headers.</summary>
    public async Task SettleAsync()
    {
        Server.MoveVersionOn();
        var version = Server.ResourceVersion;
        Server.SendBookmarks();
        await Reflector.Cache.WaitForVersionAsync(new("", "any"), version, TimeSpan.FromDays(1), Stop);
    }

    public void Run() => _run = Reflector.RunAsync(_ends.Token);

    /// <summary>Completes when so many watches were opened.</summary>
    public Task<FakeCall> WatchesAsync(int count) => Server.Requests.WaitForAsync(call => call is { Verb: "watch", Code: 200 }, count, Stop);

    /// <summary>Lets the n-th back-off pass, and gives its length.</summary>
    public async Task<TimeSpan> PassBackoffAsync(int count = 1)
    {
        // Deadlines are 30 s, 60 s or minutes long, so what is shorter is a back-off.
        var wait = await Time.WaitForTimerAsync(length => length > TimeSpan.Zero && length < TimeSpan.FromSeconds(30), count, Stop);
        Time.Advance(wait);
        return wait;
    }

    public Task<string> NextAsync() => Sink.NextTextAsync(Stop);

    public Widget? Cached(string name) => Reflector.Cache.Get(new("default", name));

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _run;
        await Server.DisposeAsync();
        _ends.Dispose();
    }
}
