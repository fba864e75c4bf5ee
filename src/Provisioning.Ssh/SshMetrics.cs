using System.Diagnostics.Metrics;

namespace Provisioning.Ssh;

/// <summary>
/// Metrics of all sessions. Their meter belongs to the process, as that of a library does, since sessions are opened far below the host's services. No label names an
/// endpoint: there may be as many of them as machines.
/// </summary>
public static class SshMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Provisioning.Ssh";

    private const string Accepted = nameof(Accepted);

    private static readonly Meter Meter = new(MeterName);
    private static readonly UpDownCounter<long> Sessions = Meter.CreateUpDownCounter<long>("provisioning_ssh_sessions", description: "Open SSH sessions to endpoints.");
    private static readonly UpDownCounter<long> Waits = Meter.CreateUpDownCounter<long>("provisioning_ssh_session_waits", description: "Calls that wait for a session, because their endpoint has as many as it may.");
    private static readonly Counter<long> Logins = Meter.CreateCounter<long>("provisioning_ssh_logins_total", description: "Attempts to log in by SSH, by result.");

    /// <summary>Lets all counts begin with zero: without that, nobody sees the first refusal as an increase.</summary>
    public static void Begin()
    {
        Sessions.Add(0);
        Waits.Add(0);
        foreach (var result in (ReadOnlySpan<string>)[Accepted, nameof(SshFailureKind.CredentialsRefused), nameof(SshFailureKind.HostKeyMismatch), nameof(SshFailureKind.Unreachable), nameof(SshFailureKind.TimedOut)])
            Logins.Add(0, new KeyValuePair<string, object?>("result", result));
    }

    internal static void Waiting() => Waits.Add(1);

    internal static void Waited() => Waits.Add(-1);

    internal static void Opened()
    {
        Sessions.Add(1);
        Logins.Add(1, new KeyValuePair<string, object?>("result", Accepted));
    }

    internal static void Closed() => Sessions.Add(-1);

    internal static void Failed(SshFailureKind why) => Logins.Add(1, new KeyValuePair<string, object?>("result", why.ToString()));
}
