using System.Text;
using System.Text.Json.Nodes;
using Provisioning.Simulation.Machines;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Clusters;

/// <summary>One open watch. Its events come late, in order; by its fault they come twice, much later, or not at all, or it breaks.</summary>
#pragma warning disable CA1001 // The body is the client's to dispose of.
internal sealed class Watch
#pragma warning restore CA1001
{
    private readonly World _world;
    private readonly OperatorProcess _process;
    private readonly FaultKind? _fault;
    private readonly PushStream _body = new();
    private readonly List<(string Line, FakeChange Change)> _sent = [];
    private readonly int _breaksAfter;
    private readonly Queue<Action> _kept = new();
    private TimeSpan _last;
    private bool _hasHappened;
    private string? _mark;

    public Watch(World world, OperatorProcess process, FakeKind kind, FaultKind? fault, TimeSpan length)
    {
        (_world, _process, _fault, Kind) = (world, process, fault, kind);
        _breaksAfter = fault == FaultKind.WatchDropped ? world.Random.Next(8) : int.MaxValue;
        if (fault is not null)
            world.Trace.Add(process.Name, $"{fault} for {kind.Plural}");

        // A server that is silent does not end its watches either.
        if (fault != FaultKind.WatchSilent)
            At(length, _body.End);
    }

    public FakeKind Kind { get; }

    public Stream Body => _body;

    public bool IsOver => _process.IsDead || _body.IsClosed;

    public bool IsOf(OperatorProcess process) => _process == process;

    public void Send(FakeChange change)
    {
        if (IsOver)
            return;
        if (_world.Scenario.Mutant == Mutants.ShowsMarksFirst && IsMark(change))
        {
            var mark = Encoding.UTF8.GetBytes($$$"""{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"{{{change.Version}}}"} } }{{{"\n"}}}""");
            _ = _world.Clock.CreateTimer(_ => Arrive(() => _body.Push(mark)), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            return;
        }

        if (_fault == FaultKind.WatchSilent && _sent.Count > 2)
        {
            Happens();
            return;
        }

        var line = $$"""{"type":"{{Mutants.Event(_world.Scenario.Mutant, change.Key.Kind.Kind, change.Type)}}","object":{{Mutants.Object(_world.Scenario.Mutant, change.Json)}}}""";
        _sent.Add((line, change));
        if (_sent.Count > _breaksAfter)
        {
            Happens();
            Break();
            return;
        }

        Line(line, change);
        if (_fault == FaultKind.WatchRepeated)
        {
            Happens();
            foreach (var (old, then) in _sent.TakeLast(5).ToList())
                Line(old, then);
        }
    }

    /// <summary>Whether a change brings a mark that this watch has not told of.</summary>
    private bool IsMark(FakeChange change)
    {
        if ((string?)JsonNode.Parse(change.Json)!["status"]?["watchMark"] is not { } mark || mark == _mark)
            return false;
        _mark = mark;
        return true;
    }

    public void Error(JsonObject status)
    {
        Line(new JsonObject { ["type"] = "ERROR", ["object"] = status }.ToJsonString());
        At(TimeSpan.Zero, () => _body.End());
    }

    public void Break() => At(TimeSpan.Zero, _body.Break);

    /// <summary>The connection is cut: that is noticed at once, and nothing more comes.</summary>
    public void Cut() => _process.Deliver(_body.Break);

    /// <summary>Its fault shows, for the first time or once more.</summary>
    private void Happens()
    {
        if (!_hasHappened)
            _world.Faults.Count(_fault!.Value);
        _hasHappened = true;
    }

    private void Line(string line, FakeChange? change = null)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        if (_fault == FaultKind.WatchLate)
            Happens();
        At(_fault == FaultKind.WatchLate ? _world.Between(0, 20) : _world.Between(0.0005, 0.02), () => _body.Push(bytes, change is null ? null : () => _world.Checks.Heard(_process, change.Key.Kind, change.Key.Name, change.Version)));
    }

    private void At(TimeSpan delay, Action action)
    {
        var due = _world.Clock.Elapsed + delay;

        // The end of its time does not hold up what comes before it.
        if (action != _body.End)
            _last = due = due > _last ? due : _last;
        _ = _world.Clock.CreateTimer(_ => Arrive(action), null, due - _world.Clock.Elapsed, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What is sent while nothing gets through arrives when the connection is whole again, in its order.</summary>
    private void Arrive(Action action)
    {
        if (!_world.Outages.Hits(_process) && _kept.Count == 0)
        {
            _process.Deliver(action);
            return;
        }

        _kept.Enqueue(action);
        if (_kept.Count == 1)
            _ = ResendAsync();
    }

    private async Task ResendAsync()
    {
        while (_world.Outages.Hits(_process) && !_process.IsDead)
            await _world.DelayAsync(TimeSpan.FromSeconds(1));
        while (_kept.TryDequeue(out var action))
            _process.Deliver(action);
    }
}
