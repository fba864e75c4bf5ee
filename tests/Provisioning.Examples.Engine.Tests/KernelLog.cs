using System.Collections.Concurrent;

namespace Provisioning.Examples.Engine.Tests;

/// <summary>What the kernel tells of the files of one machine: each file that was put in place or removed, in order.</summary>
internal sealed class KernelLog : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly string _folder;
    private readonly ConcurrentQueue<string> _effects = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _marks = [];
    private int _reads;

    public KernelLog(string folder)
    {
        _folder = folder;
        _watcher = new(folder) { NotifyFilter = NotifyFilters.FileName, InternalBufferSize = 65536 };
        _watcher.Renamed += (_, change) => Note(change.Name, "put");
        _watcher.Deleted += (_, change) => Note(change.Name, "removed");
        _watcher.Created += (_, change) => _marks.GetValueOrDefault(change.Name ?? "")?.SetResult();
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>All that happened until now: the kernel tells in order, so what came before a mark is told before it.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync()
    {
        var name = $"mark-{_reads++}";
        var mark = _marks[name] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await File.WriteAllTextAsync(Path.Combine(_folder, name), "");
        await mark.Task.WaitAsync(TimeSpan.FromSeconds(30));
        File.Delete(Path.Combine(_folder, name));
        return [.. _effects];
    }

    public void Dispose() => _watcher.Dispose();

    private void Note(string? file, string what)
    {
        if (file is "power" or "current")
            _effects.Enqueue($"{file} {what}");
    }
}
