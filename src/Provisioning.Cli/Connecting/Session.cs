using System.CommandLine;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Rest;
using Spectre.Console;

namespace Provisioning.Cli.Connecting;

/// <summary>One run of a command: where it writes, and the API server that it speaks with, which is connected to when first asked.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>Field manager of what is written.</summary>
    public const string FieldManager = "kubectl-provision";

    private readonly Lazy<KubernetesConnection> _connection;
    private readonly Random _random = new();
    private readonly string? _namespace;

    /// <summary>Makes a session from the options of a command line.</summary>
    public Session(ParseResult parsed, Terminal terminal, TimeProvider time, GlobalOptions options)
    {
        (Terminal, Time, Color, _namespace) = (terminal, time, parsed.GetValue(options.Color), parsed.GetValue(options.Namespace));
        var (file, context) = (parsed.GetValue(options.Kubeconfig), parsed.GetValue(options.Context));
        _connection = new(() => new(Kubeconfig.Load(file, context, terminal), time, _random, new Meters(), NullLogger<KubernetesConnection>.Instance, FieldManager));
    }

    /// <summary>Where it writes.</summary>
    public Terminal Terminal { get; }

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Whether it writes colours.</summary>
    public ColorChoice Color { get; }

    /// <summary>A console for lines of any length.</summary>
    public IAnsiConsole Lines => Terminal.Lines(Color);

    /// <summary>A console for text that is wrapped.</summary>
    public IAnsiConsole Page => Terminal.Page(Color);

    /// <summary>The namespace.</summary>
    public string Namespace => _namespace ?? _connection.Value.Namespace;

    /// <summary>The API server.</summary>
    public KubernetesConnection Connection => _connection.Value;

    /// <summary>A Node that must exist.</summary>
    public async Task<Node> NodeAsync(string name, CancellationToken cancellationToken) =>
        await FindAsync(Kinds.Nodes, name, cancellationToken)
        ?? throw new CommandError($"There is no Node {name} in the namespace {Namespace}. See which there are: kubectl provision nodes -n {Namespace}, or -A for all namespaces.");

    /// <summary>An object of the namespace; null if it does not exist.</summary>
    public Task<T?> FindAsync<T>(ResourceDefinition<T> kind, string name, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity => Connection.Client(kind).GetAsync(new(Namespace, name), cancellationToken);

    /// <summary>The objects of the namespace, or of all.</summary>
    public Task<IReadOnlyList<T>> ListAsync<T>(ResourceDefinition<T> kind, bool allNamespaces, string? selector, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity => Connection.ListAsync(kind, allNamespaces ? null : Namespace, selector, cancellationToken);

    /// <summary>Changes fields of a Node's spec.</summary>
    public Task<Node> PatchSpecAsync(Node node, JsonObject spec, CancellationToken cancellationToken) =>
        Connection.Client(Kinds.Nodes).PatchAsync(NamespacedName.Of(node), new JsonObject { ["spec"] = spec }, PatchKind.Merge, subresource: null, cancellationToken);

    /// <summary>Follows the objects of a kind.</summary>
    public ResourceReflector<T> Watch<T>(ResourceDefinition<T> kind, bool allNamespaces, string? selector)
        where T : class, IKubernetesEntity =>
        new(Connection, kind, new() { Namespace = allNamespaces ? null : Namespace, LabelSelector = selector }, Time, _random, NullLogger<ResourceReflector<T>>.Instance);

    /// <summary>Has a person agree. Without one to ask, only --yes does.</summary>
    public async Task ConfirmAsync(string question, bool isAgreed, CancellationToken cancellationToken)
    {
        if (isAgreed)
            return;
        if (!Terminal.IsInputTerminal)
            throw new CommandError($"{question} There is no terminal to ask at: add --yes if that is meant.");
        await Terminal.Error.WriteAsync($"{question} Go on? [y/N] ".AsMemory(), cancellationToken);
        await Terminal.Error.FlushAsync(cancellationToken);
        var answer = await Terminal.Input.ReadLineAsync(cancellationToken);
        if (answer?.Trim().ToLowerInvariant() is not ("y" or "yes"))
            throw new CommandError("Nothing was changed.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_connection.IsValueCreated)
            _connection.Value.Dispose();
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
