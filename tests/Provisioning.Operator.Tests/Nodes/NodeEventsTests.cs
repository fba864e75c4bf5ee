using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;
using Provisioning.Engines.Operations;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Events;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Nodes;

public sealed class NodeEventsTests
{
    private readonly MemoryRecorder _recorder = new();
    private readonly NodeEvents _events;
    private NodeStatus _status = new();

    public NodeEventsTests() => _events = new(_recorder);

    [Fact]
    public void A_stall_is_told_when_it_begins_and_when_it_is_over_once_each()
    {
        Write(Ready());
        Write(Stalled("SecretInvalid"));
        Write(Stalled("SecretInvalid"));
        Write(Ready());
        Write(Ready());

        Assert.Equal(["Warning SecretInvalid SecretInvalid happened.", "Normal Recovered The machine is as declared again."], _recorder.Told);
    }

    [Fact]
    public void Another_reason_is_another_trouble_with_one_end()
    {
        Write(Unknown("HostUnreachable"));
        Write(Unknown("SshUnreachable"));
        Write(Ready());

        Assert.Equal(["Warning HostUnreachable", "Warning SshUnreachable", "Normal Recovered"], Words());
    }

    [Fact]
    public void The_end_of_a_trouble_is_told_also_when_an_operation_mended_it()
    {
        Write(Stalled("ImageNotFound"));
        Write(Working());
        Write(Working(), NodeEvents.Succeeded(Operation(OperationKind.Load), OperationOutcome.Succeeded("debian is on the machine.")));
        Write(Ready());

        Assert.Equal(["Warning ImageNotFound", "Normal Loaded", "Normal Recovered"], Words());
    }

    [Fact]
    public void The_end_of_a_trouble_that_another_operator_told_is_told()
    {
        _status = _status with { Conditions = Stalled("SecretInvalid") };
        Write(Ready());

        Assert.Equal(["Normal Recovered"], Words());
    }

    [Theory]
    [InlineData(Reasons.Paused)]
    [InlineData(Reasons.Booting)]
    public void Neither_a_pause_nor_a_boot_is_trouble(string reason)
    {
        Write(Unknown(reason));
        Write(Ready());

        Assert.Empty(_recorder.Told);
    }

    [Fact]
    public void Work_that_goes_as_it_should_is_told_by_its_end_alone()
    {
        Write(Working());
        Write(Ready(), NodeEvents.Succeeded(Operation(OperationKind.PowerOff), OperationOutcome.Succeeded("The machine is off.")));

        Assert.Equal(["Normal PoweredOff The machine is off."], _recorder.Told);
    }

    [Fact]
    public void A_failure_that_is_told_is_not_told_again_as_a_stall()
    {
        var failure = new OperationFailure("DiskFull", "No space left.", NeedsPerson: true, MachineUntouched: true);
        Write(Stalled("DiskFull"), NodeEvents.Failed(Operation(OperationKind.Load), failure));

        Assert.Equal(["Warning DiskFull Load failed: No space left."], _recorder.Told);
    }

    [Fact]
    public void A_capture_names_its_image_and_the_file_with_its_size()
    {
        var outcome = OperationOutcome.Succeeded("Done.") with { CapturedImage = new() { FileName = "golden.qcow2", SizeBytes = 1536 << 20 } };

        Assert.Equal("Captured into Image golden (file golden.qcow2, 1.5Gi).", NodeEvents.Succeeded(Operation(OperationKind.Capture) with { Target = "golden" }, outcome).Message);
    }

    [Fact]
    public void Nothing_is_remembered_of_a_node_that_is_gone()
    {
        Write(Stalled("SecretInvalid"));
        _events.Forget(new(Samples.Namespace, "n1"));
        _status = new();
        Write(Ready());

        Assert.Equal(["Warning SecretInvalid"], Words());
    }

    private static OperationStatus Operation(OperationKind kind) => new() { Id = "op-1", Kind = kind };

    private static List<Condition> Ready() => [Of(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDeclared)];

    private static List<Condition> Unknown(string reason) => [Of(ConditionTypes.Ready, ConditionStatus.Unknown, reason), Of(ConditionTypes.Reconciling, ConditionStatus.True, reason)];

    private static List<Condition> Working() => [Of(ConditionTypes.Ready, ConditionStatus.False, Reasons.OperationRunning), Of(ConditionTypes.Reconciling, ConditionStatus.True, Reasons.OperationRunning)];

    private static List<Condition> Stalled(string reason) => [Of(ConditionTypes.Ready, ConditionStatus.False, reason), Of(ConditionTypes.Stalled, ConditionStatus.True, reason)];

    private static Condition Of(string type, ConditionStatus status, string reason) => new() { Type = type, Status = status, Reason = reason, Message = $"{reason} happened." };

    private void Write(List<Condition> conditions, params NodeEvent[] happened)
    {
        var node = Samples.Node();
        node.Status = _status;
        _status = _status with { Conditions = conditions };
        _events.Tell(node, _status, happened);
    }

    private IEnumerable<string> Words() => _recorder.Told.Select(told => string.Join(' ', told.Split(' ').Take(2)));

    private sealed class MemoryRecorder : IEventRecorder
    {
        public List<string> Told { get; } = [];

        public void Record(IKubernetesEntity about, EventType type, string reason, string action, string note) => Told.Add($"{type} {reason} {note}");
    }
}
