using System.Text.Json.Nodes;

namespace Provisioning.Chart.Tests.Bed;

/// <summary>Helm as a user runs it.</summary>
/// <param name="program">Path of the program.</param>
/// <param name="kubeconfig">Path of the kubeconfig.</param>
/// <param name="home">Folder for its own files.</param>
public sealed class Helm(string program, string kubeconfig, string home)
{
    /// <summary>The chart of this repository.</summary>
    public static string Chart => SourceTree.File("charts/provisioning-operator");

    /// <summary>Runs Helm, which must succeed.</summary>
    public async Task<string> RunAsync(params string[] arguments) => (await TryAsync(arguments)).Succeeded();

    /// <summary>Runs Helm; success or not is for the caller to judge.</summary>
    public Task<ProgramResult> TryAsync(params string[] arguments) => Programs.TryAsync(
        Urgency.Launcher[0],
        [.. Urgency.Launcher.Skip(1), "/usr/bin/env", $"KUBECONFIG={kubeconfig}", $"HELM_CACHE_HOME={home}/helm/cache", $"HELM_CONFIG_HOME={home}/helm/config", $"HELM_DATA_HOME={home}/helm/data", program, .. arguments]);

    /// <summary>Renders the chart without a cluster.</summary>
    /// <param name="values">Values as a YAML document.</param>
    /// <param name="arguments">Further arguments.</param>
    public async Task<IReadOnlyList<JsonObject>> TemplateAsync(string values, params string[] arguments) =>
        Yaml.ReadAll((await TryTemplateAsync(values, arguments)).Succeeded());

    /// <summary>Renders the chart without a cluster; success or not is for the caller to judge.</summary>
    /// <param name="values">Values as a YAML document.</param>
    /// <param name="arguments">Further arguments.</param>
    public async Task<ProgramResult> TryTemplateAsync(string values, params string[] arguments) =>
        await TryAsync(["template", "provisioning", Chart, "--namespace", "system", "--values", await FileAsync(values), .. arguments]);

    /// <summary>Writes values into a file, for --values.</summary>
    public async Task<string> FileAsync(string values)
    {
        var path = Path.Combine(home, $"values-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(path, values);
        return path;
    }
}
