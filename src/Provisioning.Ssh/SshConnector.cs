using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Provisioning.Api.Text;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Provisioning.Ssh;

/// <summary>
/// Opens sessions with SSH.NET. Host keys are always compared. Use one instance for the whole program: it remembers which logins were refused and does not
/// try them for ever.
/// </summary>
/// <param name="timeProvider">Clock.</param>
/// <param name="loggers">Loggers.</param>
public sealed class SshConnector(TimeProvider timeProvider, ILoggerFactory loggers) : ISshConnector
{
    private readonly LoginGuard _guard = new();
    private readonly ILogger _logger = loggers.CreateLogger<SshConnector>();

    /// <inheritdoc/>
    public async Task<ISshSession> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        RefuseWithoutKey(endpoint);
        if (!await _guard.BeginAsync(endpoint, cancellationToken))
            throw RefusedTooOften(endpoint);
        bool? accepted = null;
        try
        {
            var session = await LogInAsync(endpoint, cancellationToken);
            accepted = true;
            SshMetrics.Opened();
            return session;
        }
        catch (SshFailureException failure)
        {
            SshMetrics.Failed(failure.Kind);
            if (failure.Kind == SshFailureKind.CredentialsRefused)
                accepted = false;
            throw;
        }
        finally
        {
            _guard.End(endpoint, accepted);
        }
    }

    private async Task<ISshSession> LogInAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        var connection = new ConnectionInfo(endpoint.Address, endpoint.Port, endpoint.User, LoginMethods.Create(endpoint))
        {
            // Bounds every single wait inside the library, also those that cannot be cancelled.
            Timeout = endpoint.ConnectTimeout,
        };
        var unread = new UnreadOutput();
        SshAlgorithms.Restrict(connection, HostKeys.PreferredAlgorithms(endpoint.HostKeys), unread);

        var client = new SshClient(connection);
        byte[]? shownKey = null;
        client.HostKeyReceived += (_, shown) =>
        {
            shownKey = shown.HostKey;
            shown.CanTrust = endpoint.TrustAnyHostKey || HostKeys.IsAccepted(shown.HostKey, endpoint.HostKeys);
        };

        try
        {
            await ConnectWithinAsync(client, endpoint.ConnectTimeout, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            throw Failure(endpoint, shownKey, error);
        }

        SshLog.Connected(_logger, endpoint.ToString(), connection.CurrentServerEncryption);
        return new SshSession(client, unread, endpoint.ToString(), HostKeys.ToText(shownKey), timeProvider);
    }

    private static void RefuseWithoutKey(SshEndpoint endpoint)
    {
        if (endpoint.HostKeys.Count == 0 && !endpoint.TrustAnyHostKey)
        {
            throw new SshFailureException(SshFailureKind.HostKeyUnknown,
                $"No SSH host key is accepted for {endpoint}, so it cannot be told from an impostor. List its host key, as ssh-keyscan -t ed25519 prints it{(endpoint.HostKeysField.Length > 0 ? "," : "")}{InField(endpoint)}.");
        }
    }

    private static SshFailureException RefusedTooOften(SshEndpoint endpoint) => new(SshFailureKind.CredentialsRefused,
        $"{endpoint} refused the login of the Secret {endpoint.Credentials.SecretName} {LoginGuard.MostRefusals} times. " +
        "It is not tried again before the Secret changes: put a login into it that the machine accepts.");

    /// <summary>
    /// The library blocks a pool thread during key exchange and login and does not look at the token then, so the caller waits beside it. What is left behind
    /// ends by <see cref="ConnectionInfo.Timeout"/>.
    /// </summary>
    private async Task ConnectWithinAsync(SshClient client, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var connecting = Task.Run(() => client.ConnectAsync(linked.Token), CancellationToken.None);
        try
        {
            await connecting.WaitAsync(linked.Token);
        }
        catch
        {
            _ = connecting.ContinueWith(
                static (task, state) =>
                {
                    _ = task.Exception;
                    ((SshClient)state!).Dispose();
                },
                client,
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            throw;
        }
    }

    private SshFailureException Failure(SshEndpoint endpoint, byte[]? shownKey, Exception error)
    {
        if (shownKey is not null && !endpoint.TrustAnyHostKey && !HostKeys.IsAccepted(shownKey, endpoint.HostKeys))
        {
            return new(SshFailureKind.HostKeyMismatch,
                $"{endpoint} shows the SSH host key {HostKeys.Fingerprint(shownKey)}, and {HostKeys.Fingerprints(endpoint.HostKeys)} is accepted. " +
                $"If its key was changed on purpose, list the new one{InField(endpoint)}; otherwise another machine answers at this address.");
        }

        switch (error)
        {
            case SshAuthenticationException:
                SshLog.LoginRefused(_logger, endpoint.ToString(), endpoint.Credentials.SecretName);
                return new(SshFailureKind.CredentialsRefused,
                    $"{endpoint} refused the login of the Secret {endpoint.Credentials.SecretName}. " +
                    "Put the key or password into it that this user is allowed to log in with.", error);
            case OperationCanceledException or SshOperationTimeoutException or TimeoutException:
                return new(SshFailureKind.TimedOut,
                    $"{endpoint} did not finish connecting and logging in within {endpoint.ConnectTimeout.TotalSeconds:0.#} s. Look whether its SSH " +
                    "server hangs or the network drops packets.", error);
            case SocketException socket:
                return new(SshFailureKind.Unreachable,
                    $"{endpoint} does not answer ({socket.SocketErrorCode}). Look whether the machine is on, and whether address, port and firewall " +
                    "are right.", error);
            default:
                return new(SshFailureKind.Unreachable,
                    $"{endpoint} does not speak SSH as it must ({Bounded(error.Message)}). Look what listens on that port.", error);
        }
    }

    private static string InField(SshEndpoint endpoint) => endpoint.HostKeysField.Length > 0 ? $" in {endpoint.HostKeysField}" : "";

    /// <summary>Parts of such messages come from the server.</summary>
    private static string Bounded(string text)
    {
        return PrintableText.Line(text.Length <= 200 ? text : text[..200]).Trim().TrimEnd('.');
    }
}
