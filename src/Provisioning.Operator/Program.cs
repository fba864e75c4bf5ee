using System.Collections;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Provisioning.Kubernetes.Hosting;
using Provisioning.Operator.Hosting;
using Provisioning.Operator.Telemetry;

if (args is ["--version"])
{
    Console.WriteLine(typeof(OperatorSettings).Assembly.GetName().Version?.ToString(3));
    return 0;
}

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? "", StringComparer.Ordinal);
OperatorSettings settings;
try
{
    settings = OperatorSettings.Parse(args, environment);
}
catch (ArgumentException problem)
{
    await Console.Error.WriteLineAsync(problem.Message.Split(" (Parameter")[0]);
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls(settings.Listen);
builder.Logging.AddOperatorLogging(settings);
builder.Services.AddOperatorTelemetry(environment);
builder.Services.AddProvisioning(settings);

await using var app = builder.Build();
app.MapHealthChecks("/healthz", new HealthCheckOptions { Predicate = check => check.Tags.Contains(OperatorServiceCollectionExtensions.LivenessTag) });
app.MapHealthChecks("/readyz", new HealthCheckOptions { Predicate = check => check.Tags.Contains(OperatorServiceCollectionExtensions.ReadinessTag) });
app.UseOperatorTelemetry();
app.Services.GetRequiredService<StartLog>().Starting(settings);
try
{
    await app.RunAsync();
}
catch (IOException problem) when (problem.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync($"{settings.Listen} is in use by another program. Choose another address with --listen.");
    return 1;
}

return Environment.ExitCode;
