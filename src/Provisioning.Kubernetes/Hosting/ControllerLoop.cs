using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;

namespace Provisioning.Kubernetes.Hosting;

/// <summary>A controller with its sources, made when the host starts.</summary>
internal sealed class ControllerLoop<T> : IControllerLoop
    where T : class, IKubernetesEntity
{
    private readonly ControllerBuilder<T> _builder;
    private readonly IServiceProvider _services;
    private readonly EntityQueue<T> _entities;
    private readonly Controller<T> _controller;

    public ControllerLoop(ControllerBuilder<T> builder, IServiceProvider services)
    {
        _builder = builder;
        _services = services;
        _entities = services.GetRequiredService<EntityQueue<T>>();
        _controller = new Controller<T>(
            builder.Name,
            services.GetRequiredService<IEntityController<T>>(),
            services.GetRequiredService<IResourceCache<T>>(),
            _entities,
            builder.Workers,
            services.GetRequiredService<ControllerMetrics>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<SharedRandom>().Next,
            services.GetRequiredService<ILoggerFactory>().CreateLogger($"Provisioning.Kubernetes.Controller.{builder.Name}"));
    }

    public string Name => _builder.Name;

    public TimeSpan LongestReconcile => _controller.LongestReconcile;

    public void Connect() => _builder.Connect(_services, _entities.Queue);

    public Task RunAsync(Func<bool> mayAct, CancellationToken drain, CancellationToken abort) => _controller.RunAsync(mayAct, drain, abort);
}
