using System.Collections.Concurrent;
using Provisioning.Api;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Validation;
using Provisioning.Core.Decisions;
using Provisioning.Engines;
using Provisioning.Engines.Targets;
using Provisioning.Kubernetes;

namespace Provisioning.Operator.Engines;

/// <summary>
/// Keeps one engine for each Provisioner, and makes a new one when its settings or its Secret change. An engine that was replaced is disposed of when the
/// last one who uses it is done.
/// </summary>
internal sealed class EngineRegistry(IEnumerable<IProvisioningEngineFactory> factories, SecretReader secrets) : IAsyncDisposable
{
    private readonly Dictionary<ProvisionerType, IProvisioningEngineFactory> _factories = factories.ToDictionary(factory => factory.Type);
    private readonly ConcurrentDictionary<NamespacedName, SharedEngine> _engines = new();
    private readonly Lock _lock = new();

    /// <summary>Takes the engine of a Provisioner into use.</summary>
    /// <returns>The engine, to be disposed of after use, or what is in the way of using it.</returns>
    public async Task<(EngineLease? Lease, Obstacle? Obstacle)> AcquireAsync(Provisioner provisioner, CancellationToken cancellationToken)
    {
        var name = provisioner.Metadata.Name;
        if (!_factories.TryGetValue(provisioner.Spec.Type, out var factory))
            return (null, new(Reasons.NotSupported, $"The Provisioner {name} has type {provisioner.Spec.Type}, which this version of the operator does not know.", NeedsPerson: true));
        if (SpecValidator.Validate(provisioner) is [var problem, ..])
            return (null, new(Reasons.InvalidSpec, $"The Provisioner {name} cannot be used: {problem}", NeedsPerson: true));

        var target = new ProvisionerTarget { Namespace = provisioner.Metadata.Namespace ?? "", Name = name, Spec = provisioner.Spec };
        if (provisioner.Spec.Host is { } host)
        {
            var (credentials, obstacle) = await secrets.ReadAsync(target.Namespace, host.CredentialsSecretRef.Name, cancellationToken);
            if (credentials is null)
                return (null, obstacle! with { Message = $"The Provisioner {name} cannot log in: {obstacle.Message}" });
            target = target with { Credentials = credentials };
        }

        return (Share(factory, target, $"{provisioner.Metadata.Uid}/{provisioner.Metadata.Generation}/{target.Credentials?.Version}"), null);
    }

    /// <summary>Drops the engine of a Provisioner that is gone.</summary>
    public async Task ForgetAsync(NamespacedName provisioner)
    {
        SharedEngine? engine;

        // Under the lock of Share: an engine that is let go here must not be handed out there any more.
        lock (_lock)
            _engines.TryRemove(provisioner, out engine);
        if (engine is not null)
            await engine.RetireAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var key in _engines.Keys)
            await ForgetAsync(key);
    }

    private EngineLease Share(IProvisioningEngineFactory factory, ProvisionerTarget target, string version)
    {
        var key = new NamespacedName(target.Namespace, target.Name);
        SharedEngine? replaced = null;
        EngineLease lease;
        lock (_lock)
        {
            if (_engines.TryGetValue(key, out var current) && current.Version == version)
                return current.Lease();

            replaced = current;
            var engine = new SharedEngine(factory.Create(target), version);
            _engines[key] = engine;
            lease = engine.Lease();
        }

        _ = replaced?.RetireAsync();
        return lease;
    }
}
