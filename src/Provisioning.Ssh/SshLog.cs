using Microsoft.Extensions.Logging;

namespace Provisioning.Ssh;

internal static partial class SshLog
{
    [LoggerMessage(3001, LogLevel.Debug, "Connected to {Endpoint} with {Cipher}.")]
    public static partial void Connected(ILogger logger, string endpoint, string? cipher);

    [LoggerMessage(3002, LogLevel.Warning, "{Endpoint} refused the login of the Secret {SecretName}.")]
    public static partial void LoginRefused(ILogger logger, string endpoint, string secretName);

    [LoggerMessage(3003, LogLevel.Debug, "Closed a session to {Endpoint}: {Why}.")]
    public static partial void SessionClosed(ILogger logger, string endpoint, string why);
}
