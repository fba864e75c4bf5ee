namespace Provisioning.Testing.Real;

/// <summary>The product's kinds on an API server that suites share, which may run side by side.</summary>
public static class ProductKinds
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Installs them, or finds them installed. One at a time: of two that install at once, one is told that they exist already.</summary>
    /// <param name="kubeconfig">Kubeconfig with all rights.</param>
    public static async Task InstallAsync(string kubeconfig)
    {
        var kubectl = new Kubectl(kubeconfig, "default");
        using var turn = await TurnAsync(kubeconfig + ".kinds");
        // Old servers do not publish x-kubernetes-validations in their OpenAPI, so kubectl's own validation would refuse the CRDs.
        await kubectl.RunAsync("apply", "--validate=false", "-f", SourceTree.File("crds"));
        await kubectl.RunAsync("wait", "--for=condition=Established", "--timeout=50s", "-f", SourceTree.File("crds"));
    }

    private static async Task<FileStream> TurnAsync(string path)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(begun) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }
}
