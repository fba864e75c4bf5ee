using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Queueing;
using Provisioning.Operator.Telemetry;
using Provisioning.Ssh;

namespace Provisioning.Operator.Hosting;

/// <summary>What the operator tells of itself: logs, metrics and traces.</summary>
internal static class TelemetryServices
{
    // Far above what our labels can make, and a hundredth of the memory that the library would set aside otherwise.
    private const int MostSeries = 500;

    /// <summary>Log lines on standard output.</summary>
    public static void AddOperatorLogging(this ILoggingBuilder logging, OperatorSettings settings)
    {
        logging.ClearProviders().AddConsole(console => console.FormatterName = settings.LogFormat == LogFormat.Json ? JsonLines.FormatterName : PlainConsoleFormatter.FormatterName);
        logging.Services.AddSingleton<ConsoleFormatter, JsonLines>().AddSingleton<ConsoleFormatter, PlainConsoleFormatter>();
        logging.SetMinimumLevel(settings.LogLevel);
        // Who asks for the health gets the answer; a log line for each "not yet" of a start would only frighten.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);
    }

    /// <summary>Metrics for Prometheus, always; traces by OTLP where an endpoint is named by the variables that OpenTelemetry has for it.</summary>
    public static void AddOperatorTelemetry(this IServiceCollection services, IReadOnlyDictionary<string, string> environment)
    {
        services.AddMetrics();
        var telemetry = services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(RuntimeMeter.Name, OperatorMeter.Name, SshMetrics.MeterName)
            .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MostSeries })
            .AddPrometheusExporter(prometheus =>
            {
                // Names and labels exactly as controller-runtime has them, so that its dashboards and alerts fit.
                prometheus.ScopeInfoEnabled = false;
                prometheus.TargetInfoEnabled = false;
            }));
        if (!WantsTraces(environment))
            return;
        telemetry.ConfigureResource(resource => resource.AddService("provisioning-operator", serviceVersion: ProcessMetrics.Build.Version)).WithTracing(tracing => tracing
            .AddSource(ReconcileTraces.SourceName, OperationTraces.SourceName, "System.Net.Http")
            .AddProcessor(new ApiCallsOfReconciles())
            .AddOtlpExporter());
    }

    /// <summary>Serves /metrics, and makes what is only observed.</summary>
    public static void UseOperatorTelemetry(this WebApplication app)
    {
        // First: what is counted before it listens is lost.
        _ = app.Services.GetRequiredService<MeterProvider>();
        _ = app.Services.GetRequiredService<ProcessMetrics>();
        _ = app.Services.GetRequiredService<FleetMetrics>();
        SshMetrics.Begin();
        app.MapPrometheusScrapingEndpoint("/metrics");
    }

    /// <summary>Whether the environment names an endpoint for traces.</summary>
    internal static bool WantsTraces(IReadOnlyDictionary<string, string> environment) =>
        !string.Equals(environment.GetValueOrDefault("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
        && environment.GetValueOrDefault("OTEL_TRACES_EXPORTER") is null or "" or "otlp"
        && (!string.IsNullOrEmpty(environment.GetValueOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT")) || !string.IsNullOrEmpty(environment.GetValueOrDefault("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")));
}
