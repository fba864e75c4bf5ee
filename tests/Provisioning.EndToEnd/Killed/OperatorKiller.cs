using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Killed;

/// <summary>Ends the operator with SIGKILL at random moments of a Node's operation, and starts it again. Where the operation could be over by then, the test has a <see cref="HostGate"/> hold it.</summary>
/// <param name="lab">The lab.</param>
/// <param name="node">Name of the Node.</param>
/// <param name="random">Where the moments come from.</param>
internal sealed class OperatorKiller(Lab lab, string node, Random random)
{
    private static readonly TimeSpan LongestOutage = TimeSpan.FromSeconds(1.5);
    private readonly List<string> _operations = [];
    private readonly FaultReport _report = new();
    private readonly HostMark _mark = lab.Host.Commands.Mark();

    /// <summary>Id of the operation that every kill hit; the test fails if it was none, or not always the same.</summary>
    public string Operation
    {
        get
        {
            Assert.Single(_operations.Distinct());
            return _operations[0];
        }
    }

    /// <summary>Everything was looked at after the kills, and nothing was lost or done twice.</summary>
    public void Survived() => _report.Survived();

    /// <summary>Kills when the host has noted a command with an effect on a machine.</summary>
    public Task AfterCommandAsync(string verb, string text, TimeSpan latest) => KillAsync(
        $"{verb} was begun on the VM host",
        () => Task.FromResult(lab.Host.Commands.Since(_mark).Any(command => command.Verb == verb && command.Arguments.Any(argument => argument.Contains(text, StringComparison.Ordinal)))),
        latest);

    /// <summary>Kills when the operation is in a state.</summary>
    public Task AfterStateAsync(string what, Func<OperationStatus, bool> state, TimeSpan latest) => KillAsync(
        what,
        async () =>
        {
            var operation = (await lab.Kubectl.NodeAsync(node))?.Status?.Operation;
            Assert.True(_operations.Count == 0 || operation is not null, $"The operation was over before {what} was seen: nothing holds it.");
            return operation is not null && state(operation);
        },
        latest);

    private async Task KillAsync(string what, Func<Task<bool>> isReached, TimeSpan latest)
    {
        await Poll.UntilAsync(what, isReached, Lab.Patience, TimeSpan.FromMilliseconds(20), describe: () => lab.DescribeAsync(node));
        var delay = latest * random.NextDouble();
        await Task.Delay(delay, TestContext.Current.CancellationToken);
        _report.Injected(Fault.OperatorKilled);
        await lab.Bed.Operator.KillAsync();

        // Nobody writes the status now, so this is what the operator that was killed left.
        var operation = (await lab.Kubectl.NodeAsync(node))?.Status?.Operation;
        TestContext.Current.TestOutputHelper!.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} killed {delay.TotalMilliseconds:0} ms after {what}: {operation?.Kind} {operation?.Id} in step {operation?.Step ?? "none"}");
        Assert.True(operation is { Phase: OperationPhase.Running }, $"The operation was over {delay.TotalMilliseconds:0} ms after {what}.");
        _operations.Add(operation.Id);

        await Task.Delay(LongestOutage * random.NextDouble(), TestContext.Current.CancellationToken);
        await lab.Bed.Operator.StartAsync();
    }
}
