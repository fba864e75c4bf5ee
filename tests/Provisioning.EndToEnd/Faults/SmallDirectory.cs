using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>A file system in memory on the VM host, small enough to be filled.</summary>
/// <param name="host">The VM host.</param>
internal sealed class SmallDirectory(VmHost host) : IAsyncDisposable
{
    private bool _mounted;

    /// <summary>Where it is.</summary>
    public string Path { get; } = $"{host["HOME"]}/small-{Guid.NewGuid():N}";

    private string Filler => $"{Path}/filler";

    /// <summary>Makes it.</summary>
    public async Task MountAsync(int mebibytes)
    {
        Directory.CreateDirectory(Path);
        await Programs.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={mebibytes}m,mode=755", "tmpfs", Path]);
        _mounted = true;
        await Programs.RunAsync("chown", [$"{host["USER"]}:{host["USER"]}", Path]);
    }

    /// <summary>Files in it.</summary>
    public FileInfo[] Files(string pattern) => new DirectoryInfo(Path).GetFiles(pattern);

    /// <summary>Takes all that is left.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        // In ever smaller pieces, to the last page.
        for (var size = 1 << 20; size >= 4096; size /= 2)
        {
            try
            {
                while (true)
                    filler.Write(new byte[size]);
            }
            catch (IOException)
            {
                // Full, for pieces of this size.
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void MakeSpace() => File.Delete(Filler);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_mounted)
            await Programs.TryAsync("umount", ["--lazy", Path]);
        Directory.Delete(Path, recursive: true);
    }
}
