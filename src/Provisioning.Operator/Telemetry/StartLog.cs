using Provisioning.Operator.Hosting;

namespace Provisioning.Operator.Telemetry;

/// <summary>The first line: what runs, and how it was told to.</summary>
internal sealed partial class StartLog(ILogger<StartLog> logger)
{
    public void Starting(OperatorSettings settings)
    {
        var (version, revision) = ProcessMetrics.Build;
        LogStarting(version, revision, settings.WatchNamespaces.Count > 0 ? $"namespace {string.Join(", ", settings.WatchNamespaces)}" : "all namespaces", settings.LeaderElection ? "on" : "off", settings.Concurrency, settings.Listen);
    }

    [LoggerMessage(2100, LogLevel.Information, "provisioning-operator {Version} (revision {Revision}) starts: watches {Scope}, leader election {LeaderElection}, {Concurrency} Nodes at a time, answers at {Listen}")]
    private partial void LogStarting(string version, string revision, string scope, string leaderElection, int concurrency, string listen);
}
