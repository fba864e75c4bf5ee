namespace Provisioning.Ssh;

/// <summary>
/// Stops logging in after some refusals with one version of a Secret: more attempts cannot succeed, lock accounts, and fill the logs of the machine.
/// A new version of the Secret, other accepted host keys or another scope begin a new count. Attempts under way count as refused until they end, since several that
/// begin at once would otherwise all be let through.
/// </summary>
internal sealed class LoginGuard
{
    public const int MostRefusals = 3;

    // Far more than machines that refuse us at one time; beyond it the oldest knowledge is not worth its memory.
    private const int MostEntries = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Logins> _logins = [];

    /// <summary>Waits until one more attempt is allowed.</summary>
    /// <returns>False if the login was refused too often. True: exactly one call of <see cref="End"/> must follow.</returns>
    public async Task<bool> BeginAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task oneEnded;
            lock (_lock)
            {
                var logins = Find(Key(endpoint));
                if (logins.Refusals >= MostRefusals)
                    return false;
                if (logins.Refusals + logins.UnderWay < MostRefusals)
                {
                    logins.UnderWay++;
                    return true;
                }

                oneEnded = logins.OneEnded.Task;
            }

            await oneEnded.WaitAsync(cancellationToken);
        }
    }

    /// <summary>An attempt has ended.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="accepted">Whether the login was accepted; null if that was not found out.</param>
    public void End(SshEndpoint endpoint, bool? accepted)
    {
        lock (_lock)
        {
            var key = Key(endpoint);
            var logins = Find(key);
            logins.UnderWay = Math.Max(0, logins.UnderWay - 1);
            logins.Refusals = accepted switch { true => 0, false => logins.Refusals + 1, null => logins.Refusals };
            logins.OneEnded.SetResult();
            logins.OneEnded = NewSignal();
            if (logins is { UnderWay: 0, Refusals: 0 })
                _logins.Remove(key);
        }
    }

    private Logins Find(string key)
    {
        if (_logins.TryGetValue(key, out var logins))
            return logins;
        if (_logins.Count >= MostEntries)
        {
            foreach (var forgotten in _logins.Where(pair => pair.Value.UnderWay == 0).Select(pair => pair.Key).ToList())
                _logins.Remove(forgotten);
        }

        return _logins[key] = new();
    }

    private static string Key(SshEndpoint endpoint) =>
        $"{endpoint}\n{endpoint.Credentials.SecretName}\n{endpoint.Credentials.Version}\n{endpoint.LoginScope}\n{string.Join('\n', endpoint.HostKeys)}";

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Logins
    {
        public int Refusals { get; set; }

        public int UnderWay { get; set; }

        public TaskCompletionSource OneEnded { get; set; } = NewSignal();
    }
}
