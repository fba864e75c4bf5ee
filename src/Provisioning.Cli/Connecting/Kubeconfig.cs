using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace Provisioning.Cli.Connecting;

/// <summary>Finds server and credentials as kubectl does.</summary>
internal static class Kubeconfig
{
    /// <summary>Loads them.</summary>
    /// <param name="file">The file of --kubeconfig; null for $KUBECONFIG, ~/.kube/config or the service account of the pod.</param>
    /// <param name="context">The context; null for the current one.</param>
    /// <param name="terminal">The environment.</param>
    public static KubernetesClientConfiguration Load(string? file, string? context, Terminal terminal)
    {
        var files = Files(file, terminal);
        if (files.Length == 0)
        {
            return KubernetesClientConfiguration.IsInCluster() && context is null
                ? KubernetesClientConfiguration.InClusterConfig()
                : throw new CommandError("There is no kubeconfig: neither --kubeconfig nor $KUBECONFIG names a file, and ~/.kube/config does not exist. Name one with --kubeconfig FILE.");
        }

        try
        {
            return KubernetesClientConfiguration.BuildConfigFromConfigObject(Merge(files), context);
        }
        catch (Exception problem) when (problem is KubeConfigException or YamlDotNet.Core.YamlException or IOException or UnauthorizedAccessException)
        {
            throw new CommandError($"The kubeconfig {string.Join<FileInfo>(", ", files)} cannot be used: {problem.Message.TrimEnd('.')}. Look at it with: kubectl config view");
        }
    }

    /// <summary>Names of the contexts.</summary>
    public static IEnumerable<string> Contexts(string? file, Terminal terminal) =>
        Files(file, terminal) is { Length: > 0 } files ? Merge(files).Contexts.Select(context => context.Name) : [];

    /// <summary>Several files are one, and what comes first holds. Relative paths are those of the file that has the current context.</summary>
    private static K8SConfiguration Merge(FileInfo[] files)
    {
        var parts = files.Select(file => KubernetesClientConfiguration.LoadKubeConfig(file)).ToList();
        var merged = parts.FirstOrDefault(part => !string.IsNullOrEmpty(part.CurrentContext)) ?? parts[0];
        merged.Contexts = [.. parts.SelectMany(part => part.Contexts ?? []).DistinctBy(item => item.Name)];
        merged.Clusters = [.. parts.SelectMany(part => part.Clusters ?? []).DistinctBy(item => item.Name)];
        merged.Users = [.. parts.SelectMany(part => part.Users ?? []).DistinctBy(item => item.Name)];
        return merged;
    }

    private static FileInfo[] Files(string? file, Terminal terminal)
    {
        if (file is not null)
            return File.Exists(file) ? [new(file)] : throw new CommandError($"The kubeconfig {file} does not exist. Give --kubeconfig the path of a file.");
        var listed = terminal.Variable("KUBECONFIG");
        string[] paths = listed.Length > 0 ? listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) : [Path.Combine(terminal.Variable("HOME"), ".kube", "config")];
        // As kubectl does: of several files some may be missing.
        return [.. paths.Where(File.Exists).Select(path => new FileInfo(path))];
    }
}
