using Provisioning.Observability.Tests.Support;
using Provisioning.Operator.Hosting;

namespace Provisioning.Observability.Tests.Traces;

public sealed class ExportTests(ObservedOperator observed)
{
    [Fact]
    public async Task Reconciles_operations_steps_and_calls_to_the_api_server_reach_the_collector()
    {
        string[] expected = ["reconcile node", "reconcile provisioner", "operation Load", "operation Capture", "step ", "provisioning.operation.id", "provisioning-operator", "PATCH", "requeue_after"];
        await observed.UntilAsync(() => expected.All(word => observed.Traces.Contains(word, StringComparison.Ordinal)), $"traces with {string.Join(", ", expected)}");
    }

    [Fact]
    public async Task Neither_watches_nor_secrets_are_told()
    {
        await observed.UntilAsync(() => observed.Traces.Contains("operation Capture", StringComparison.Ordinal), "the trace of the capture");
        Assert.DoesNotContain("watch=", observed.Traces, StringComparison.Ordinal);
        Assert.DoesNotContain("/leases/", observed.Traces, StringComparison.Ordinal);
        Assert.DoesNotContain(ObservedOperator.Password, observed.Traces, StringComparison.Ordinal);
        Assert.DoesNotContain("Bearer", observed.Traces, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4317")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_SDK_DISABLED=true")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_TRACES_EXPORTER=none")]
    public void Traces_are_off_unless_the_standard_variables_name_an_endpoint(bool wanted, params string[] environment) =>
        Assert.Equal(wanted, TelemetryServices.WantsTraces(environment.Select(item => item.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1])));
}
