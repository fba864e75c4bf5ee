using System.Collections;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Console;
using Provisioning.Kubernetes.Hosting;
using Provisioning.Operator.Hosting;

if (args is ["--version"])
{
    Console.WriteLine(typeof(OperatorSettings).Assembly.GetName().Version?.ToString(3));
    return 0;
}

OperatorSettings settings;
try
{
    settings = OperatorSettings.Parse(args, Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? "", StringComparer.Ordinal));
}
catch (ArgumentException problem)
{
    await Console.Error.WriteLineAsync(problem.Message.Split(" (Parameter")[0]);
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls(settings.Listen);
builder.Services.AddSingleton<ConsoleFormatter, PlainConsoleFormatter>();
builder.Logging.ClearProviders().AddConsole(console => console.FormatterName = PlainConsoleFormatter.FormatterName);
// Who asks for the health gets the answer; a log line for each "not yet" of a start would only frighten.
builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);
builder.Services.AddMetrics();
builder.Services.AddProvisioning(settings);

await using var app = builder.Build();
app.MapHealthChecks("/healthz", new HealthCheckOptions { Predicate = check => check.Tags.Contains(OperatorServiceCollectionExtensions.LivenessTag) });
app.MapHealthChecks("/readyz", new HealthCheckOptions { Predicate = check => check.Tags.Contains(OperatorServiceCollectionExtensions.ReadinessTag) });
await app.RunAsync();
return Environment.ExitCode;
