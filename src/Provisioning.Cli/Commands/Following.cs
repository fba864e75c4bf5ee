using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Connecting;
using Provisioning.Cli.Output;
using Provisioning.Cli.Views;
using Provisioning.Core.Status;
using Provisioning.Kubernetes;

namespace Provisioning.Cli.Commands;

/// <summary>How far an object is on its way to what is waited for.</summary>
/// <param name="IsDone">Whether it is there.</param>
/// <param name="Failure">Why it will not get there without a person; null otherwise.</param>
/// <param name="Text">What happens at the moment.</param>
/// <param name="Percent">Progress, if there is one.</param>
internal sealed record Way(bool IsDone, string? Failure, string Text, int? Percent = null)
{
    /// <summary>The way of a Node to being as declared in a generation of its spec.</summary>
    public static Way ToReady(Node? node, long generation)
    {
        if (node is null)
            return new(IsDone: false, "It does not exist.", "");
        if (node.Status is not { } status || status.ObservedGeneration < Math.Max(generation, node.Metadata.Generation ?? 0))
            return new(IsDone: false, null, "waits for the operator");
        var ready = status.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);
        if (ready is { Status: ConditionStatus.True } && status.Operation is null)
            return new(IsDone: true, null, ready.Message);
        var needsPerson = ready is { Reason: Reasons.Paused } || status.Conditions.Any(condition => condition is { Type: ConditionTypes.Stalled, Status: ConditionStatus.True });
        return new(IsDone: false, needsPerson ? $"{ready?.Reason}: {ready?.Message}" : null, Describe(status.Operation, ready), status.Operation?.ProgressPercent);
    }

    /// <summary>The way of a Node to having handled a reset.</summary>
    public static Way ToReset(Node? node, string token) => node switch
    {
        null => new(IsDone: false, "It does not exist.", ""),
        { Status.HandledPowerResetToken: var handled } when handled == token => new(IsDone: true, null, "The machine was reset."),
        _ => ToReady(node, node.Metadata.Generation ?? 0) with { IsDone = false },
    };

    /// <summary>The way of an ImageCapture to its Image.</summary>
    public static Way ToImage(ImageCapture? capture)
    {
        if (capture is null)
            return new(IsDone: false, "The ImageCapture was deleted, so nothing is published.", "");
        var ready = capture.Status?.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);
        if (ready is { Status: ConditionStatus.True })
            return new(IsDone: true, null, ready.Message);
        var needsPerson = capture.Status?.Conditions.Any(condition => condition is { Type: ConditionTypes.Stalled, Status: ConditionStatus.True }) == true;
        return new(IsDone: false, needsPerson ? $"{ready?.Reason}: {ready?.Message}" : null, ready?.Message ?? "waits for the operator", capture.Status?.ProgressPercent);
    }

    private static string Describe(OperationStatus? operation, Condition? ready) => operation is null ? $"{ready?.Reason}: {ready?.Message}" : $"{operation.Kind}: {operation.Message ?? operation.Step ?? "begins"}";
}

/// <summary>Waits until objects are where they should be, and shows the way.</summary>
internal static class Following
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for objects of the session's namespace, and gives the exit code: Failed as soon as one of them needs a person, or when the time is over.</summary>
    public static async Task<int> UntilAsync<T>(
        Session session, ResourceDefinition<T> kind, IReadOnlyCollection<string> names, Func<string, T?, Way> way, TimeSpan? timeout, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reflector = session.Watch(kind, allNamespaces: false, selector: null);
        var running = reflector.RunAsync(ends.Token);
        var began = session.Time.GetTimestamp();
        var lines = new ProgressLines(session.Terminal);
        try
        {
            var left = names.ToHashSet(StringComparer.Ordinal);
            await reflector.WaitForSyncAsync(cancellationToken);
            while (true)
            {
                foreach (var name in left.Order(StringComparer.Ordinal).ToList())
                {
                    var step = way(name, reflector.Cache.Get(new(session.Namespace, name)));
                    if (step.Failure is { } failure)
                        throw new CommandError($"{name}: {failure}");
                    if (step.IsDone)
                    {
                        left.Remove(name);
                        lines.Clear();
                        await session.Terminal.Output.WriteLineAsync($"{name}: {SafeText.Line(step.Text)}");
                    }
                    else
                    {
                        lines.Show(name, step, isOnly: left.Count == 1);
                    }
                }

                if (left.Count == 0)
                    return ExitCodes.Done;
                if (timeout is { } limit && session.Time.GetElapsedTime(began) > limit)
                    throw new CommandError($"Not within {Durations.Short(limit)}: {string.Join(", ", left.Order(StringComparer.Ordinal).Select(name => $"{name} ({way(name, reflector.Cache.Get(new(session.Namespace, name))).Text})"))}. It goes on without this command; see: kubectl provision nodes -n {session.Namespace}");
                await Task.Delay(Frame, session.Time, cancellationToken);
            }
        }
        finally
        {
            lines.Clear();
            await ends.CancelAsync();
            await running;
        }
    }
}

/// <summary>Progress on standard error: one line that is overwritten at a terminal, a line for each change elsewhere.</summary>
internal sealed class ProgressLines(Terminal terminal)
{
    private const string ToBeginAndErase = "\r\u001b[K";

    private readonly Dictionary<string, string> _shown = new(StringComparer.Ordinal);
    private bool _isShowing;

    /// <summary>Shows where an object is.</summary>
    public void Show(string name, Way way, bool isOnly)
    {
        var bar = ProgressBar.Text(way.Percent, terminal.IsUnicode);
        var line = $"{name}: {(bar.Length > 0 ? $"{bar}  " : "")}{SafeText.Line(way.Text)}";
        if (_shown.GetValueOrDefault(name) == line)
            return;
        _shown[name] = line;
        if (terminal.IsErrorTerminal && isOnly)
        {
            terminal.Error.Write($"{ToBeginAndErase}{BoundedText.Cut(line, terminal.Width - 1)}");
            terminal.Error.Flush();
            _isShowing = true;
            return;
        }

        Clear();
        terminal.Error.WriteLine(line);
    }

    /// <summary>Takes the line away that is overwritten.</summary>
    public void Clear()
    {
        if (!_isShowing)
            return;
        terminal.Error.Write(ToBeginAndErase);
        terminal.Error.Flush();
        _isShowing = false;
    }
}
