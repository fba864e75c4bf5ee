using System.Globalization;
using System.Security.Cryptography;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Engines.XCat.Sharing;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.XCat.Hosts;

/// <summary>The management node of a Provisioner. Looks at its nodes are shared between all who look.</summary>
internal sealed class ManagementNode : RemoteHost, IAsyncDisposable
{
    /// <summary>A controller that does not answer holds a command of xCAT for 14 s; this is for worse.</summary>
    private const int CommandSeconds = 60;

    private static readonly SshExecuteOptions ManyNodes = new() { MaximumOutputBytes = 4 * 1024 * 1024, Timeout = TimeSpan.FromSeconds((2 * CommandSeconds) + 15) };

    private readonly SharedQuery<NodeReading> _looks;
    private readonly SharedQuery<string> _stats;

    public ManagementNode(XCatSpec spec, TimeSpan observeInterval, SshSessionShare sessions, TimeProvider clock)
        : base(sessions)
    {
        Spec = spec;
        var options = new SharedQueryOptions
        {
            // A tenth of the interval: no look is served an answer that matters less than the interval itself. A Node that is looked at once in an interval is at rest, and
            // is served one that is up to half of it old; each verb looks for itself before it does anything, and what was done to a node makes its answer forgotten.
            Freshness = TimeSpan.FromSeconds(Math.Clamp(observeInterval.TotalSeconds / 10, 1, 30)),
            LongestFreshness = observeInterval / 2,
            Interest = (observeInterval * 3) + TimeSpan.FromMinutes(1),
        };
        _looks = new((nodes, cancellationToken) => LookAsync(nodes, cancellationToken), reading => reading is { Problem: null, IsUndefined: false, Power.Value: not Api.Machines.PowerValue.Unknown }, options, clock);
        _stats = new(StatAsync, _ => true, options with { Freshness = TimeSpan.FromSeconds(4), LongestFreshness = TimeSpan.Zero }, clock);
    }

    public XCatSpec Spec { get; }

    /// <summary>How the node was a moment ago.</summary>
    public Task<NodeReading> RecentAsync(string node, CancellationToken cancellationToken) => _looks.RecentAsync(node, cancellationToken);

    /// <summary>How the node is now.</summary>
    public Task<NodeReading> FreshAsync(string node, CancellationToken cancellationToken) => _looks.FreshAsync(node, cancellationToken);

    /// <summary>What nodestat says of the node; empty if it says nothing.</summary>
    public Task<string> NodeStatAsync(string node, CancellationToken cancellationToken) => _stats.RecentAsync(node, cancellationToken);

    /// <summary>What was known of the node is not true any more.</summary>
    public void Forget(ManagedNode machine) => _looks.Forget(machine.Name);

    public async Task<JobReport> RunAsync(ManagedNode machine, OperationContext operation, DetachedJob job, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(machine.Scope(operation), job with { Arguments = [Spec.XCatRoot, .. job.Arguments] }, cancellationToken);
        }
        finally
        {
            _looks.Forget(machine.Name);
        }
    }

    public async Task<JobReport> RunFencedAsync(ManagedNode machine, OperationContext operation, string script, string[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await RunFencedAsync(machine.Scope(operation), script, [Spec.XCatRoot, .. arguments], cancellationToken);
        }
        finally
        {
            _looks.Forget(machine.Name);
        }
    }

    public async Task<JobReport> AbandonAsync(ManagedNode machine, OperationContext operation, string script, string[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await AbandonAsync(machine.Scope(operation), script, [Spec.XCatRoot, .. arguments], cancellationToken);
        }
        finally
        {
            _looks.Forget(machine.Name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _looks.DisposeAsync();
        await _stats.DisposeAsync();
    }

    /// <summary>
    /// One name that xCAT does not know makes it refuse the whole list: those names are left out the next time, or the list is halved if it does not say which.
    /// </summary>
    private async Task<IReadOnlyDictionary<string, NodeReading>> LookAsync(IReadOnlyList<string> nodes, CancellationToken cancellationToken)
    {
        var mark = "section-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        string[] arguments = [Spec.XCatRoot, Spec.WorkDirectory, mark, CommandSeconds.ToString(CultureInfo.InvariantCulture), NodeDefinition.Attributes, .. nodes];
        var answer = LookAnswer.Parse(await ReadAsync(LookScripts.Look, arguments, ManyNodes, cancellationToken), mark, nodes);
        var readings = answer.Readings.ToDictionary();
        var parts = answer.Unread.Count < nodes.Count ? [answer.Unread] : Halves(answer.Unread);
        foreach (var part in parts.Where(part => part.Count > 0))
        {
            foreach (var (node, reading) in await LookAsync(part, cancellationToken))
                readings[node] = reading;
        }

        return readings;
    }

    /// <summary>A single node that makes xCAT complain of unknown names without saying which is itself the unknown one.</summary>
    private static IReadOnlyList<string>[] Halves(IReadOnlyList<string> nodes) =>
        nodes.Count < 2 ? [] : [[.. nodes.Take(nodes.Count / 2)], [.. nodes.Skip(nodes.Count / 2)]];

    private async Task<IReadOnlyDictionary<string, string>> StatAsync(IReadOnlyList<string> nodes, CancellationToken cancellationToken)
    {
        var result = await ReadAsync(LookScripts.NodeStat, [Spec.XCatRoot, CommandSeconds.ToString(CultureInfo.InvariantCulture), .. nodes], ManyNodes, cancellationToken);
        var reply = XCatReply.Parse(result.Output, result.Error);
        return nodes.ToDictionary(node => node, node => Excerpts.Of(string.Join(" ", reply.Of(node).Data)));
    }
}
