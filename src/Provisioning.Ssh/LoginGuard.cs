using System.Collections.Concurrent;

namespace Provisioning.Ssh;

/// <summary>
/// Stops logging in after some refusals with one version of a Secret: more attempts cannot succeed, lock accounts, and fill the logs of the machine.
/// A new version of the Secret, other accepted host keys or another scope begin a new count.
/// </summary>
internal sealed class LoginGuard
{
    public const int MostRefusals = 3;

    // Far more than machines that refuse us at one time; beyond it the oldest knowledge is not worth its memory.
    private const int MostEntries = 10_000;

    private readonly ConcurrentDictionary<string, int> _refusals = new();

    public bool IsStopped(SshEndpoint endpoint) => _refusals.TryGetValue(Key(endpoint), out var count) && count >= MostRefusals;

    public void Refused(SshEndpoint endpoint)
    {
        if (_refusals.Count >= MostEntries)
            _refusals.Clear();
        _refusals.AddOrUpdate(Key(endpoint), 1, (_, count) => count + 1);
    }

    public void Accepted(SshEndpoint endpoint) => _refusals.TryRemove(Key(endpoint), out _);

    private static string Key(SshEndpoint endpoint) =>
        $"{endpoint}\n{endpoint.Credentials.SecretName}\n{endpoint.Credentials.Version}\n{endpoint.LoginScope}\n{string.Join('\n', endpoint.HostKeys)}";
}
