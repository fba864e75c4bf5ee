using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Conformance;

/// <summary>Passwords and keys never get into a message, a recorded value, a log line or any text of an answer.</summary>
/// <param name="harness">The world.</param>
public abstract class SecretSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    private readonly List<string> _texts = [];

    [Fact]
    public async Task No_secret_is_told_by_verbs_that_work()
    {
        Shows(Routine.Secrets);
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));

        await LookAsync(engine, driver);
        foreach (var kind in Enum.GetValues<OperationKind>().Where(kind => kind != OperationKind.Unload))
        {
            await RunAsync(engine, driver, kind);
            if (kind is OperationKind.Capture or OperationKind.PowerOff && Has(OperationKind.Load))
                await RunAsync(engine, driver, OperationKind.Load);
        }

        await RunAsync(engine, driver, OperationKind.Unload);
        AssertKept();
    }

    [Theory]
    [MemberData(nameof(AnswerSuite.Faults), MemberType = typeof(AnswerSuite))]
    public async Task No_secret_is_told_by_answers_to_faults(WorldFault fault)
    {
        if (!Can(fault, Routine.Secrets))
            return;
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));
        await using (await Harness.InjectAsync(fault))
        {
            await LookAsync(engine, driver);
            foreach (var kind in Enum.GetValues<OperationKind>().Where(Has))
                await CallAsync(engine, await BeginAsync(driver, kind));
        }

        AssertKept();
    }

    private async Task LookAsync(IProvisioningEngine engine, Driver driver)
    {
        _texts.Add($"{await engine.ProbeAsync(Cancel)}");
        _texts.Add($"{await engine.ObserveAsync(driver.Node, Cancel)}");
        _texts.Add($"{await engine.GetCurrentImageAsync(driver.Node, Cancel)}");
        _texts.Add($"{await engine.GetImageAsync(await Harness.ImageAsync("base"), verify: false, Cancel)}");
    }

    private async Task RunAsync(IProvisioningEngine engine, Driver driver, OperationKind kind)
    {
        if (!Has(kind))
            return;
        driver.After = (_, outcome) =>
        {
            Keep(outcome);
            return Task.CompletedTask;
        };
        await driver.SucceedAsync(await BeginAsync(driver, kind), engine);
    }

    private async Task CallAsync(IProvisioningEngine engine, OperationContext operation)
    {
        try
        {
            Keep(await engine.CallAsync(operation, Cancel));
        }
        catch (Exception lost) when (!Calls.IsDefect(lost))
        {
            _texts.Add($"{lost}");
        }
    }

    private void Keep(OperationOutcome outcome) =>
        _texts.AddRange([$"{outcome}", .. outcome.Values.Select(value => $"{value.Key} {value.Value}"), .. outcome.Steps.Select(step => $"{step.Name} {step.Message}")]);

    private void AssertKept()
    {
        Assert.All(Harness.Secrets, secret => Assert.True(secret.Reveal().Length >= 8, "A secret of the harness is too short to be recognised."));
        foreach (var secret in Harness.Secrets)
            Assert.DoesNotContain(_texts.Concat(Harness.Logged), text => text.Contains(secret.Reveal(), StringComparison.Ordinal));
    }
}
