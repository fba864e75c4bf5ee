using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Rest;

/// <summary>The limit for connecting of the real handler: it cancels, but neither the caller nor the deadline did, and nothing was sent.</summary>
public sealed class ConnectTimeoutTests
{
    private readonly ObservableTime _time = new();
    private int _attempts;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_is_not_accepted_in_time_is_tried_again_even_for_a_creation()
    {
        await using var server = await FakeApiServer.StartAsync([Widget.FakeKind]);
        using var http = Http(notAccepted: 2, TimeSpan.FromMilliseconds(500));
        var created = SendAsync(http, server.Address, Stop);
        for (var retry = 1; retry <= 2; retry++)
            _time.Advance(await _time.WaitForTimerAsync(length => length > TimeSpan.Zero && length < TimeSpan.FromSeconds(1), retry, Stop));

        Assert.Contains("\"name\":\"b\"", await created, StringComparison.Ordinal);
        Assert.Equal(3, _attempts);
        Assert.Equal(1, server.Requests.Count("create"));
    }

    [Fact]
    public async Task A_server_that_never_accepts_is_an_error_of_the_connection()
    {
        using var http = Http(notAccepted: int.MaxValue);
        var created = SendAsync(http, new Uri("http://127.0.0.1:1"), Stop);
        for (var retry = 1; retry < RetryRules.MaxTriesFailed; retry++)
            _time.Advance(await _time.WaitForTimerAsync(length => length > TimeSpan.Zero && length < TimeSpan.FromSeconds(5), retry, Stop));

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => created);
        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
        Assert.Contains("did not accept a connection", failure.Message, StringComparison.Ordinal);
        Assert.Equal(RetryRules.MaxTriesFailed, _attempts);
    }

    [Fact]
    public async Task A_caller_who_gives_up_while_it_connects_is_not_told_of_the_connection()
    {
        using var http = Http(notAccepted: int.MaxValue, TimeSpan.FromMinutes(5));
        using var caller = new CancellationTokenSource();
        var created = SendAsync(http, new Uri("http://127.0.0.1:1"), caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => created);
    }

    private HttpClient Http(int notAccepted, TimeSpan? limit = null) => new(new SocketsHttpHandler
    {
        ConnectTimeout = limit ?? TimeSpan.FromMilliseconds(50),
        ConnectCallback = async (context, cancel) =>
        {
            if (Interlocked.Increment(ref _attempts) <= notAccepted)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            // Not with the limit: that a busy machine was slow is no part of the test.
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private Task<string> SendAsync(HttpClient http, Uri server, CancellationToken cancellationToken)
    {
        var transport = new ApiTransport(http, server, credentials: null, new RestMetrics(Connections.Meters, server.Authority), _time, new Random(1), NullLogger.Instance);
        var request = new ApiRequest(HttpMethod.Post, "apis/contract.provisioning.test/v1/namespaces/default/widgets", "widgets default/b", RetrySafety.NotBegun)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(Widget.Named("b"), ContractJsonContext.Default.Widget),
        };
        return transport.SendAsync(request, ApiTransport.DefaultDeadline, static async (body, cancel) => await new StreamReader(body).ReadToEndAsync(cancel), cancellationToken);
    }
}
