namespace Provisioning.Engines.Configuration.Tests.Support;

/// <summary>Asks a site again and again, from before something is done to it until afterwards.</summary>
public sealed class SiteWatch
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly HttpClient _client;
    private readonly Uri _address;
    private readonly Task _watching;
    private volatile bool _isOver;
    private int _asked;
    private int _missed;

    private SiteWatch(HttpClient client, Uri address)
    {
        (_client, _address) = (client, address);
        _watching = WatchAsync();
    }

    /// <summary>Begins, and goes on when the site has been asked some times.</summary>
    /// <param name="client">The client.</param>
    /// <param name="address">Address of the site.</param>
    public static async Task<SiteWatch> BeginAsync(HttpClient client, Uri address)
    {
        var watch = new SiteWatch(client, address);
        await watch.UntilAskedAsync(5);
        return watch;
    }

    /// <summary>Asks once more, and ends.</summary>
    /// <returns>How often the site did not answer.</returns>
    public async Task<int> EndAsync()
    {
        await UntilAskedAsync(Volatile.Read(ref _asked) + 2);
        _isOver = true;
        await _watching;
        return _missed;
    }

    private async Task UntilAskedAsync(int times)
    {
        while (Volatile.Read(ref _asked) < times)
            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private async Task WatchAsync()
    {
        while (!_isOver)
        {
            if (!await AnswersAsync())
                _missed++;
            Interlocked.Increment(ref _asked);
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var response = await _client.GetAsync(_address);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
