using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Conformance;

/// <summary>What cannot be told is unknown with a reason, and never "no"; and nothing is done on a guess.</summary>
/// <param name="harness">The world.</param>
public abstract class AnswerSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    /// <summary>Faults that hide what is so.</summary>
    public static TheoryData<WorldFault> Faults => [WorldFault.Unreachable, WorldFault.CredentialsRefused, WorldFault.Garbled, WorldFault.Slow];

    /// <summary>Every verb with every such fault.</summary>
    public static TheoryData<OperationKind, WorldFault> VerbsAndFaults
    {
        get
        {
            var data = new TheoryData<OperationKind, WorldFault>();
            foreach (var kind in Enum.GetValues<OperationKind>())
            {
                foreach (var fault in Faults)
                    data.Add(kind, fault.Data);
            }

            return data;
        }
    }

    [Fact]
    public async Task An_endpoint_in_order_is_reachable_and_accepts_the_login()
    {
        Shows(Routine.NodeStatus);
        var report = await NewEngine().ProbeAsync(Cancel);
        Assert.True(report.Reachable.IsYes, $"Not reachable: {report.Reachable}");
        Assert.False(report.CredentialsAccepted.IsNo, $"Login refused: {report.CredentialsAccepted}");
        Assert.False(string.IsNullOrWhiteSpace(report.Endpoint));
    }

    [Fact]
    public async Task A_look_tells_what_the_world_says()
    {
        Shows(Routine.NodeStatus);
        var (engine, driver) = (NewEngine(), await DriverAsync("machine"));
        var absent = await engine.ObserveAsync(driver.Node, Cancel);
        Assert.Equal(Traits.MakesMachines ? FactValue.No : FactValue.Yes, absent.Exists.Value);

        driver = await ReadyAsync("machine");
        var (seen, world) = (await engine.ObserveAsync(driver.Node, Cancel), await Harness.LookAsync(driver.Node));

        Assert.True(seen.Exists.IsYes, $"{seen.Exists}");
        Assert.Equal(Has(EngineCapabilities.PowerState) ? world.On is false ? PowerValue.Off : PowerValue.On : PowerValue.Unknown, seen.Power.Value);
        AssertReasons(seen);
    }

    [Fact]
    public async Task The_current_image_is_read_from_the_machine()
    {
        Shows(Routine.CurrentImage);
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));

        var reading = await engine.GetCurrentImageAsync(driver.Node, Cancel);
        var seen = (await engine.ObserveAsync(driver.Node, Cancel)).CurrentImage;

        if (reading.Found == FactValue.Yes && Has(OperationKind.Load))
            Assert.Equal((await Harness.ImageAsync("base")).RevisionId, reading.RevisionId);
        else
            Assert.True(reading is { Found: FactValue.Unknown, Reason: not null } && !(Has(OperationKind.Load) && Traits.HasOperatingSystem), $"{reading}");
        if (seen.Found == FactValue.Yes)
            Assert.Equal((reading.Name, reading.RevisionId), (seen.Name, seen.RevisionId));
    }

    [Fact]
    public async Task A_machine_that_was_switched_off_is_off_and_not_unlike_what_it_was()
    {
        if (await BeginningAsync("machine", Beginning.Off) is not { } driver)
        {
            await AssertNotSupportedAsync(OperationKind.PowerOff, Routine.PowerOff);
            return;
        }

        Shows(Routine.NodeStatus);
        var seen = await NewEngine().ObserveAsync(driver.Node, Cancel);
        Assert.Equal(Has(EngineCapabilities.PowerState) ? PowerValue.Off : PowerValue.Unknown, seen.Power.Value);
        Assert.False(seen.Exists.IsNo, $"A machine that is off does not exist: {seen.Exists}");
        Assert.NotEqual(FactValue.No, seen.CurrentImage.Found);
        Assert.False(seen.Configured.IsNo, $"A machine that is off is not configured: {seen.Configured}");
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_look_that_cannot_tell_says_unknown_and_why(WorldFault fault)
    {
        if (!Can(fault, Routine.Faults))
            return;
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));
        Observation seen;
        CurrentImageReading reading;
        await using (await Harness.InjectAsync(fault))
        {
            seen = await engine.ObserveAsync(driver.Node, Cancel);
            reading = await engine.GetCurrentImageAsync(driver.Node, Cancel);
        }

        Assert.Equal((FactValue.Unknown, FactValue.Unknown), (seen.CurrentImage.Found, reading.Found));
        Endings.AssertReason(reading.Reason, reading.Detail);
        Assert.All([seen.Exists, seen.Ping, seen.Ssh, seen.Configured, seen.Tainted], fact => Assert.False(fact.IsNo, $"{fault} makes a fact certain: {fact}"));
        Assert.NotEqual(PowerValue.Off, seen.Power.Value);
        AssertReasons(seen);
        if (fault == WorldFault.CredentialsRefused)
            Assert.True(seen.CredentialsAccepted.IsNo, $"A refused login is not told: {seen.CredentialsAccepted}");
        else
            Assert.False(seen.CredentialsAccepted.IsNo, $"{fault} is taken for a refused login: {seen.CredentialsAccepted}");
        Assert.Equal(FactValue.Yes, (await engine.ObserveAsync(driver.Node, Cancel)).Exists.Value);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_probe_that_gets_no_answer_does_not_call_the_endpoint_usable(WorldFault fault)
    {
        if (!Can(fault, Routine.Faults))
            return;
        // A look at machines finds those faults there; nothing else is there to be probed.
        if (!Traits.HasEndpoint || (!Traits.HasEndpointLogin && fault == WorldFault.CredentialsRefused))
        {
            Assert.True((await NewEngine().ProbeAsync(Cancel)).Reachable.IsYes);
            return;
        }

        EngineReport report;
        await using (await Harness.InjectAsync(fault))
            report = await NewEngine().ProbeAsync(Cancel);

        Assert.False(report.Reachable.IsYes && report.CredentialsAccepted.IsYes, $"{fault} is not noticed: {report}");
        var worse = report.Reachable.IsYes ? report.CredentialsAccepted : report.Reachable;
        Endings.AssertReason(worse.Reason, worse.Detail);
    }

    [Theory]
    [MemberData(nameof(VerbsAndFaults))]
    public async Task A_verb_that_gets_no_answer_does_nothing_and_goes_on_afterwards(OperationKind kind, WorldFault fault)
    {
        if (!Has(kind))
        {
            await AssertNotSupportedAsync(kind, Routine.Of(kind));
            return;
        }

        if (!Can(fault, Routine.Faults))
            return;
        if (fault == WorldFault.CredentialsRefused && !Traits.HasEndpointLogin)
        {
            await RefusedInsideAsync(kind);
            return;
        }

        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));
        var (operation, before) = (await BeginAsync(driver, kind), await Harness.LookAsync(driver.Node));
        OperationOutcome? outcome = null;
        await using (await Harness.InjectAsync(fault))
        {
            for (var call = 0; call < 3 && outcome?.Phase is null or OperationPhase.Running; call++)
            {
                outcome = await Calls.PatientlyAsync(() => engine.CallAsync(operation, Cancel));
                if (outcome is null)
                    continue;
                AssertWaits(kind, outcome, fault, before);
                operation = await driver.RecordAsync(operation, outcome);
                await driver.PassAsync(outcome.PollAfter);
            }
        }

        Same(before, await Harness.LookAsync(driver.Node));
        var goesOn = outcome?.Phase is OperationPhase.Failed or OperationPhase.Succeeded ? await BeginAsync(driver, kind) : operation;
        await driver.SucceedAsync(goesOn, engine);
    }

    /// <summary>Only the machine has a login: a verb does what it can without, and ends honestly where it cannot.</summary>
    private async Task RefusedInsideAsync(OperationKind kind)
    {
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));
        var (operation, before) = (await BeginAsync(driver, kind), await Harness.LookAsync(driver.Node));
        OperationOutcome outcome;
        await using (await Harness.InjectAsync(WorldFault.CredentialsRefused))
            outcome = await driver.RunAsync(operation, engine);

        if (outcome.Phase == OperationPhase.Succeeded)
            await Endings.AssertEndedAsync(Harness, engine, driver, operation, outcome, before);
        else
            Endings.AssertHonestFailure(outcome, before, await Harness.LookAsync(driver.Node));
        await SucceedAsync(driver, Has(OperationKind.Load) ? OperationKind.Load : kind);
    }

    private static void AssertWaits(OperationKind kind, OperationOutcome outcome, WorldFault fault, MachineView before)
    {
        // Whoever lets us in is on, whatever else it says.
        if (outcome.Phase == OperationPhase.Succeeded && kind == OperationKind.PowerOn && fault == WorldFault.Garbled && before.On == true)
            return;
        if (outcome.Phase == OperationPhase.Running)
        {
            Assert.False(string.IsNullOrWhiteSpace(outcome.Message), "A call that waits does not say for what.");
            return;
        }

        Assert.Equal(OperationPhase.Failed, outcome.Phase);
        Endings.AssertReason(outcome.Reason, outcome.Message);
        Assert.True(outcome.MachineUntouched, $"Nothing was done, and the failure does not say so: {outcome.Reason} {outcome.Message}");
        Assert.True(outcome.FailureKind == FailureKind.Retry || fault is WorldFault.CredentialsRefused or WorldFault.Garbled, $"{fault} passes, but a person is asked: {outcome.Message}");
    }

    /// <summary>Nothing is unknown without a reason of the one list.</summary>
    private static void AssertReasons(Observation seen)
    {
        Assert.All([seen.Exists, seen.Ping, seen.Ssh, seen.Configured, seen.Tainted, seen.CredentialsAccepted], fact => Assert.True(!fact.IsUnknown || fact.Reason is not null, "A fact is unknown without a reason."));
        Assert.True(seen.Power.Value != PowerValue.Unknown || seen.Power.Reason is not null, "The power is unknown without a reason.");
        Assert.True(seen.CurrentImage.Found != FactValue.Unknown || seen.CurrentImage.Reason is not null, "The image is unknown without a reason.");
    }
}
