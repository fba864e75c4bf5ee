namespace Provisioning.Kubernetes.Tests.Hosting;

/// <summary>Test classes whose operators set the exit code of the process: there is one for all of them, so they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OwnExitCode
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "exit code of the process";
}
