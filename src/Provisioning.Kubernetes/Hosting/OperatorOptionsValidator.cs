using Microsoft.Extensions.Options;

namespace Provisioning.Kubernetes.Hosting;

internal sealed class OperatorOptionsValidator : IValidateOptions<OperatorOptions>
{
    public ValidateOptionsResult Validate(string? name, OperatorOptions options)
    {
        List<string> problems = [];
        if (options.ShutdownGrace < TimeSpan.Zero || options.ShutdownGrace > TimeSpan.FromHours(1))
            problems.Add($"ShutdownGrace is {options.ShutdownGrace} but must be from zero to one hour.");
        if (options.StuckAfter <= TimeSpan.Zero)
            problems.Add($"StuckAfter is {options.StuckAfter} but must be more than zero.");
        if (options.EventSource.Length is 0 or > 128)
            problems.Add("EventSource must have 1 to 128 characters.");
        if (options.WatchNamespace.Contains(',', StringComparison.Ordinal))
            problems.Add($"WatchNamespace is '{options.WatchNamespace}' but must be one namespace, or empty for all; for several, install the operator once in each.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
