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
        if (options.WatchNamespaces.Any(string.IsNullOrWhiteSpace))
            problems.Add("WatchNamespaces has an empty name; leave the list empty for all namespaces.");
        if (options.WatchNamespaces.Distinct(StringComparer.Ordinal).Count() != options.WatchNamespaces.Count)
            problems.Add($"WatchNamespaces is '{string.Join(',', options.WatchNamespaces)}' but must name each namespace once.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
