using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Testing.Real;

/// <summary>kubectl as a user of one namespace runs it.</summary>
/// <param name="kubeconfig">Path of the kubeconfig.</param>
/// <param name="namespace">Namespace.</param>
/// <param name="launcher">A program that becomes kubectl, with its arguments; usually none.</param>
public sealed class Kubectl(string kubeconfig, string @namespace, params IReadOnlyList<string> launcher)
{
    /// <summary>Namespace.</summary>
    public string Namespace => @namespace;

    /// <summary>Path of the kubeconfig.</summary>
    public string Kubeconfig => kubeconfig;

    /// <summary>Runs kubectl, which must succeed.</summary>
    public async Task<string> RunAsync(params string[] arguments) => (await TryAsync(null, arguments)).Succeeded();

    /// <summary>Runs kubectl; success or not is for the caller to judge.</summary>
    public async Task<ProgramResult> TryAsync(string? input, params string[] arguments)
    {
        string[] command = [.. launcher, "kubectl", "--kubeconfig", kubeconfig, "--namespace", @namespace, .. arguments];
        for (var attempt = 1; ; attempt++)
        {
            var result = await Programs.TryAsync(command[0], command[1..], input);
            // It gives a handshake ten seconds, and on a busy machine one can take longer. Nothing was asked by then.
            if (attempt == 10 || result.ExitCode == 0 || !result.Error.Contains("TLS handshake timeout", StringComparison.Ordinal))
                return result;
        }
    }

    /// <summary>Applies a manifest, YAML or JSON.</summary>
    public async Task ApplyAsync(string manifest) => (await TryAsync(manifest, "apply", "-f", "-")).Succeeded();

    /// <summary>Applies an object.</summary>
    public Task ApplyAsync(IKubernetesEntity entity) => ApplyAsync(ToJson(entity));

    /// <summary>Applies an object; success or not is for the caller to judge.</summary>
    public Task<ProgramResult> TryAsync(IKubernetesEntity entity) => TryAsync(ToJson(entity), "apply", "-f", "-");

    /// <summary>Merges JSON into an object.</summary>
    public Task PatchAsync(string kind, string name, string patch) => RunAsync("patch", kind, name, "--type=merge", "-p", patch);

    /// <summary>Reads a Node; null if it does not exist.</summary>
    public Task<Node?> NodeAsync(string name) => GetAsync("nodes", name, ApiJsonContext.Default.Node);

    /// <summary>Reads an Image; null if it does not exist.</summary>
    public Task<Image?> ImageAsync(string name) => GetAsync("images", name, ApiJsonContext.Default.Image);

    /// <summary>Reads an ImageCapture; null if it does not exist.</summary>
    public Task<ImageCapture?> CaptureAsync(string name) => GetAsync("imagecaptures", name, ApiJsonContext.Default.ImageCapture);

    /// <summary>Reads a Provisioner; null if it does not exist.</summary>
    public Task<Provisioner?> ProvisionerAsync(string name) => GetAsync("provisioners", name, ApiJsonContext.Default.Provisioner);

    private static string ToJson(IKubernetesEntity entity) => JsonSerializer.Serialize(entity, ApiJsonContext.Default.GetTypeInfo(entity.GetType())!);

    // Raw, because kubectl would ask for the list of kinds first, each time.
    private async Task<T?> GetAsync<T>(string plural, string name, JsonTypeInfo<T> type)
        where T : class
    {
        var path = $"/apis/{ApiGroup.ApiVersion}/namespaces/{@namespace}/{plural}/{name}";
        var result = await TryAsync(null, "get", "--raw", path);
        // On a busy machine even a handshake can take too long, and to look again changes nothing.
        for (var attempt = 1; result.ExitCode != 0 && !IsAbsent(result) && attempt < 5; attempt++)
            result = await TryAsync(null, "get", "--raw", path);
        return IsAbsent(result) ? null : JsonSerializer.Deserialize(result.Succeeded(), type);
    }

    private static bool IsAbsent(ProgramResult result) => result.ExitCode != 0 && result.Error.Contains("NotFound", StringComparison.Ordinal);
}
