using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Configuration.Services;

/// <summary>What one Node is on its host: where its content is, and the places of its records. All follows from the Provisioner and the Node, so that it is found again whatever was lost.</summary>
internal sealed class Service
{
    private const string Placeholder = "{machine}";

    private readonly ConfigurationSpec _spec;
    private readonly string _pairs;

    public Service(ConfigurationSpec spec, NodeTarget node)
    {
        _spec = spec;
        Node = node;
        Directory = $"{spec.WorkDirectory}/{node.Namespace}/{node.Name}";
        Files = [.. spec.Files.Select(file => file.Replace(Placeholder, node.MachineName, StringComparison.Ordinal))];
        _pairs = string.Join('\n', spec.Files.Zip(Files, (template, path) => $"{template} {path}"));
    }

    public NodeTarget Node { get; }

    public string Directory { get; }

    /// <summary>Paths of the files; empty where commands read the content.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The Node, as claims on contents name it.</summary>
    public string Owner => $"{Node.Namespace}/{Node.Name}";

    /// <summary>What the content is, for people.</summary>
    public string Place => Files.Count > 0 ? string.Join(", ", Files) : $"what the Provisioner's command reads for {Node.MachineName}";

    /// <summary>The highest operation number seen; it outlives the directory.</summary>
    public string FenceFile => $"{_spec.WorkDirectory}/.fences/{Node.Namespace}/{Node.Name}";

    public string ClaimDirectory => $"{_spec.WorkDirectory}/.claims";

    /// <summary>Names of the claim files: one for each path; or one for the commands, with the machine where they look at it.</summary>
    private IEnumerable<string> Claims => _spec.Commands is not { } commands
        ? Files.Select(path => Hash($"file {path}"))
        : [Hash($"commands {commands.Read}{(LooksAtMachine(commands.Read) ? $" {Node.MachineName}" : "")}")];

    public JobScope Scope(OperationContext operation) =>
        new(Directory, FenceFile, Node.Uid, operation.Operation.Sequence, operation.Operation.Id);

    /// <summary>The arguments of every script of <see cref="ServiceScripts"/>.</summary>
    public string[] Arguments(string operation = "", string image = "", string digest = "", string more = "") =>
    [
        Directory,
        ClaimDirectory,
        Owner,
        string.Join('\n', Claims),
        Node.MachineName,
        _spec.CommandSeconds.ToString(CultureInfo.InvariantCulture),
        _spec.Commands?.Read ?? "",
        _spec.Commands?.Apply ?? "",
        // An empty pattern would fit every line.
        string.Join('\n', (_spec.Commands?.IgnoreLines ?? []).SelectMany(line => line.Split('\n')).Where(line => line.Length > 0)),
        _spec.Check ?? "",
        _spec.Activate ?? "",
        _spec.Verify ?? "",
        _pairs,
        operation,
        image,
        digest,
        more,
    ];

    private static bool LooksAtMachine(string command) =>
        command.Contains("$1", StringComparison.Ordinal) || command.Contains("${1", StringComparison.Ordinal) || command.Contains("$@", StringComparison.Ordinal) || command.Contains("$*", StringComparison.Ordinal);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}
