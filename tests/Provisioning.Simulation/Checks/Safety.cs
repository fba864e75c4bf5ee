using System.Text;
using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Checks;

/// <summary>What must hold after every step, whatever goes wrong. It judges by what reaches the API server and the machines, never by what an operator thinks.</summary>
internal sealed class Safety(World world)
{
    /// <summary>How long an operator may go on in good faith after a change that it has not heard of: a silent watch is left after ten minutes.</summary>
    private static readonly TimeSpan GoodFaith = TimeSpan.FromMinutes(15);

    /// <summary>How long it may go on after it has heard of a change: a turn that has begun goes on to its next wait, for 20 s at most, and may have to wait for an answer of the API server first.</summary>
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Provisioner> _provisioners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _highestLimit = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _heldSince = new(StringComparer.Ordinal);
    private readonly Specs _specs = new(world);
    private readonly Captures _captures = new(world);
    private readonly Hearsay _hearsay = new();
    private readonly PowerEvidence _power = new();
    private readonly Dictionary<string, string> _recorded = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Process, string Node), Observation> _looks = [];
    private readonly HashSet<(string Process, string Node)> _calling = [];
    private readonly Dictionary<(string, string), (TimeSpan Since, int Count)> _rates = [];
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Persistence _persistence = new(world);
    private int _calls;
    private readonly EffectChecks _effects = new(world);

    /// <summary>The Nodes as the API server has them.</summary>
    public IReadOnlyDictionary<string, Node> Nodes => _nodes;

    /// <summary>What the machines said of each operation.</summary>
    public Ledger Ledger { get; } = new(world);

    /// <summary>What is written at rest.</summary>
    public Rest Rest { get; } = new(world);

    /// <summary>Effects at machines so far.</summary>
    public int Effects => _effects.Count;

    /// <summary>Most operations at a time at one Provisioner.</summary>
    public int MostAtOnce { get; private set; }

    public int Operations => _recorded.Count;

    public int Looks { get; private set; }

    /// <summary>Most calls at a time at the machines' endpoint.</summary>
    public int MostCalls { get; private set; }

    /// <summary>Most Nodes that have waited longer than one that was served.</summary>
    public int MostOvertaken { get; private set; }

    public void ForgetPeaks() => (MostAtOnce, MostOvertaken, MostCalls) = (0, 0, 0);

    public void SetLimit(string provisioner, int limit) => _highestLimit[provisioner] = limit;

    /// <summary>An operator asks the API server for something; whether it gets there is another matter.</summary>
    public void Asks(OperatorProcess process, FakeCall call, FakeRequest request)
    {
        if (process.IsDead)
            return;
        // The chart grants no more; whether it grants what is used now and then only, no installation that works would show.
        if (call is { Verb: "get", Resource: "nodes" or "imagecaptures" or "provisioners" } or { Verb: "delete" })
            world.Violate($"{process.Name} has no right to {call.Verb} {call.Resource}");
        if (SecretMarks.IsIn(request.Body))
            Output($"{call.Verb} {call.Resource} of {process.Name}", Encoding.UTF8.GetString(request.Body));
        if (call.Verb is "get" or "list" or "watch" && call.Resource is not "leases")
            CheckRate($"calls to {call.Verb} {call.Resource} by", process.Name, Math.Max(1000, 60 * world.Scenario.Nodes));
        if (call.Verb is "create" or "update" or "patch" && call.Resource is not "leases")
            CheckRate($"writes of {call.Resource}", call.Resource == "events" ? "" : call.Name, call.Resource == "events" ? Math.Max(600, 4 * world.Scenario.Nodes) : 400);
    }

    /// <summary>Something that leaves the operator.</summary>
    public void Output(string where, string text)
    {
        if (SecretMarks.IsIn(text))
            world.Violate($"a secret is in the {where}: {text}");
    }

    /// <summary>An object was changed at the API server.</summary>
    public void Changed(FakeChange change, OperatorProcess? by)
    {
        _specs.Check(change, by);
        switch (change.Key.Kind.Kind)
        {
            case "Node":
                NodeChanged(change, by);
                break;
            case "Provisioner":
                ProvisionerChanged(change);
                break;
            case "ImageCapture":
                _hearsay.IsSo(change.Key, change.Version, _captures.Changed(change));
                break;
            case "Image" when by is not null && change.Type == "ADDED":
                ImagePublished(JsonSerializer.Deserialize(change.Json, ApiJsonContext.Default.Image)!);
                break;
        }
    }

    /// <summary>An operator has a list, or an event of a watch (then of one object).</summary>
    public void Heard(OperatorProcess process, FakeKind kind, string? name, long version) => _hearsay.Heard(process, kind, name, version);

    /// <summary>An operator asks what a machine is like.</summary>
    public void LooksAt(OperatorProcess process, string node)
    {
        if (!process.IsDead && _hearsay.KnownFor(process, Kinds.Node, node, Hearsay.PolicyOf(ManagementPolicy.Paused)) is { } known && known > Notice)
            world.Violate($"{process.Name} looks at {node}, and has known for {known} that it is paused");
    }

    /// <summary>An operator was told what a machine is like.</summary>
    public void Looked(OperatorProcess process, string node, Observation seen)
    {
        Looks++;
        CheckRate("looks at", node, 600);
        _looks[(process.Name, node)] = seen;
    }

    /// <summary>An operator has sent something to the endpoint.</summary>
    public void CallBegins() => MostCalls = Math.Max(MostCalls, ++_calls);

    /// <summary>It has the answer, or waits for it no more.</summary>
    public void CallEnds() => _calls--;

    /// <summary>An operator calls a verb.</summary>
    public void Begins(OperatorProcess process, OperationContext context)
    {
        var name = context.Node.Name;
        if (process.IsDead)
            return;
        if (!_calling.Add((process.Name, name)))
            world.Violate($"{process.Name} works on {name} twice at the same time");
        if (!_recorded.ContainsKey(context.Operation.Id))
            world.Violate($"{process.Name} calls {context.Operation.Kind} {context.Operation.Id} on {name}, which nobody has recorded");
        if (_heldSince.TryGetValue(name, out var since) && world.Clock.Elapsed - since > GoodFaith)
            world.Violate($"{process.Name} calls {context.Operation.Kind} on {name}, which must not be acted on since {since}");
        foreach (var policy in (ReadOnlySpan<ManagementPolicy>)[ManagementPolicy.Observe, ManagementPolicy.Paused])
        {
            if (_hearsay.KnownFor(process, Kinds.Node, name, Hearsay.PolicyOf(policy)) is { } known && known > Notice)
                world.Violate($"{process.Name} calls {context.Operation.Kind} on {name}, and has known for {known} that its managementPolicy is {policy}");
        }

        CheckRate("calls", name, 600);
    }

    /// <summary>The call is over for the operator.</summary>
    public void Returns(OperatorProcess process, OperationContext context) => _calling.Remove((process.Name, context.Node.Name));

    /// <summary>The operation has begun at the machine. A record alone does not count: it may arrive when its operator is gone, and then it waits.</summary>
    public void Runs(OperationContext context)
    {
        if (!_running.Add(context.Operation.Id) || _nodes.GetValueOrDefault(context.Node.Name)?.Status is not { Operation: { } operation, Provisioner: { } provisioner } || operation.Id != context.Operation.Id)
            return;
        CheckLimit(provisioner);
        if (_nodes.Values.FirstOrDefault(other => other.Metadata.Name != context.Node.Name && other.Status?.Machine == context.Node.MachineName && IsAtWork(other)) is { } second)
            world.Violate($"{context.Node.Name} and {second.Metadata.Name} are both at work on the machine {context.Node.MachineName}");
    }

    /// <summary>The operation has come to its end at the machine; that this is recorded follows.</summary>
    public void Ends(OperationContext context, OperationOutcome outcome, bool isAbandon)
    {
        _ended.Add(context.Operation.Id);
        if (!isAbandon)
            Ledger.Told(context.Operation.Id, outcome);
    }

    /// <summary>Something may have happened at a machine.</summary>
    public void Happened()
    {
        _effects.Check(_recorded);
        world.Machines.CheckForeign();
    }

    private void NodeChanged(FakeChange change, OperatorProcess? by)
    {
        var node = JsonSerializer.Deserialize(change.Json, ApiJsonContext.Default.Node)!;
        var before = _nodes.GetValueOrDefault(change.Key.Name);
        if (change.Type == "DELETED")
            _nodes.Remove(change.Key.Name);
        else
            _nodes[change.Key.Name] = node;

        _hearsay.IsSo(change.Key, change.Version, change.Type == "DELETED" ? Hearsay.Over : Hearsay.PolicyOf(node.Spec.ManagementPolicy));
        if (node.Status?.History is [var last, ..] && (before?.Status?.History ?? []).All(record => record.Id != last.Id))
            _power.Ended(node, last);

        var isHeld = change.Type != "DELETED" && node.Spec.ManagementPolicy != ManagementPolicy.Manage;
        if (!isHeld)
            _heldSince.Remove(change.Key.Name);
        else
            _heldSince.TryAdd(change.Key.Name, world.Clock.Elapsed);

        if (by is not null && change.Type != "DELETED")
            _persistence.Check(node, before);
        if (by is null || change.Type == "DELETED" || node.Status?.Operation is not { } operation || operation.Id == before?.Status?.Operation?.Id)
            return;
        Begun(by, node, before, operation);
    }

    private void Begun(OperatorProcess by, Node node, Node? before, OperationStatus operation)
    {
        var name = node.Metadata.Name;

        // One write may tell the end of an operation and the beginning of the next.
        if (before?.Status?.Operation is { Phase: OperationPhase.Running } running && node.Status!.History.All(record => record.Id != running.Id))
            world.Violate($"{operation.Kind} {operation.Id} begins on {name} while {running.Kind} {running.Id} is under way");
        var machine = node.Status!.Machine ?? name;
        if (machine != (node.Spec.MachineName ?? name))
            world.Violate($"{by.Name} begins {operation.Kind} on {machine}, which is not the machine of {name} any more");
        if (!_recorded.TryAdd(operation.Id, machine))
            world.Violate($"operation {operation.Id} of {name} begins a second time");
        if (operation.Sequence <= (before?.Status?.OperationSequence ?? 0))
            world.Violate($"{operation.Kind} {operation.Id} on {name} has number {operation.Sequence}, which was given before");
        if (node.Spec.ManagementPolicy != ManagementPolicy.Manage)
            world.Violate($"{by.Name} begins {operation.Kind} on {name}, whose managementPolicy is {node.Spec.ManagementPolicy}");
        if (!_looks.TryGetValue((by.Name, name), out var seen))
            world.Violate($"{by.Name} begins {operation.Kind} on {name} without having looked");
        else if ((Evidence.Objection(node, before?.Status, operation, seen) ?? _power.Objection(node, before?.Status, operation, seen) ?? _captures.Objection(by, node, operation, _hearsay)) is { } objection)
            world.Violate($"{by.Name} begins {operation.Kind} on {name}: {objection}");
        else if (operation.Kind == OperationKind.Capture)
            _power.CaptureBegins(node, seen, _captures.RestoresPower(operation));
        Ledger.Begun(node, operation);
        if (operation.Kind == OperationKind.PowerReset)
            _effects.ResetBegins(operation.Id, node.Metadata.Uid!, operation.Target ?? "");
        if (before?.Status?.Queue is { } waited)
            MostOvertaken = Math.Max(MostOvertaken, _nodes.Values.Count(other => other.Status?.Queue?.SinceTime < waited.SinceTime));
    }

    private void CheckLimit(string provisioner)
    {
        var atOnce = _nodes.Values.Count(node => node.Status?.Provisioner == provisioner && IsAtWork(node));
        MostAtOnce = Math.Max(MostAtOnce, atOnce);
        if (_highestLimit.TryGetValue(provisioner, out var limit) && atOnce > limit)
            world.Violate($"{atOnce} operations are under way at {provisioner}, whose limit was never above {limit}");
    }

    private bool IsAtWork(Node node) => node.Status?.Operation is { Phase: OperationPhase.Running } operation && _running.Contains(operation.Id) && !_ended.Contains(operation.Id);

    private void ProvisionerChanged(FakeChange change)
    {
        var provisioner = JsonSerializer.Deserialize(change.Json, ApiJsonContext.Default.Provisioner)!;
        _persistence.Allow(provisioner.Spec.Limits.Attempts);
        _provisioners[change.Key.Name] = provisioner;
        _highestLimit[change.Key.Name] = Math.Max(_highestLimit.GetValueOrDefault(change.Key.Name), provisioner.Spec.Limits.ConcurrentOperations);
    }

    private void ImagePublished(Image image)
    {
        var files = world.Room.ImageFiles(Kinds.Namespace);
        if (!files.TryGetValue(image.Spec.FileName, out var digest) || digest != image.Spec.Digest)
            world.Violate($"Image {image.Metadata.Name} is published and its file {image.Spec.FileName} has the digest {digest ?? "of nothing"}, not {image.Spec.Digest}");
    }

    /// <summary>Whatever goes wrong, nothing is tried as fast as it can be.</summary>
    private void CheckRate(string what, string name, int most)
    {
        var key = (what, name);
        var (since, count) = _rates.GetValueOrDefault(key);
        if (world.Clock.Elapsed - since > Window)
            (since, count) = (world.Clock.Elapsed, 0);
        _rates[key] = (since, count + 1);
        if (count + 1 > most)
            world.Violate($"more than {most} {what} {name} within {Window}");
    }
}
