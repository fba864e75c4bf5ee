using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Provisioning.Testing.ApiServer;

/// <summary>Serves watches.</summary>
internal sealed class FakeWatches(FakeStore store, FakeRequestLog log, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _end = new();
    private TaskCompletionSource _bookmark = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends all open watches in good order, as at the end of their time.</summary>
    public void End()
    {
        lock (_lock)
        {
            _end.Cancel();
            _end.Dispose();
            _end = new CancellationTokenSource();
        }
    }

    public void Dispose() => _end.Dispose();

    /// <summary>Sends a bookmark to all open watches that want them.</summary>
    public void Bookmark()
    {
        lock (_lock)
        {
            _bookmark.TrySetResult();
            _bookmark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async Task ServeAsync(HttpContext context, FakeCall call, Fault? fault, CancellationToken stopped)
    {
        var query = context.Request.Query;
        var seconds = int.TryParse(query["timeoutSeconds"], out var asked) ? TimeSpan.FromSeconds(asked) : Timeout.InfiniteTimeSpan;
        using var deadline = new CancellationTokenSource(seconds, time);
        CancellationToken end;
        Task bookmark;

        // Taken before the request counts as answered, so that whoever waits for that cannot ask for an end or a bookmark too early.
        lock (_lock)
            (end, bookmark) = (_end.Token, _bookmark.Task);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, end, stopped);
        var watch = new Watch(context.Response, fault, query["allowWatchBookmarks"] == "true");

        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(stopped);
        await context.Response.Body.FlushAsync(stopped);
        log.Answered(call, 200);
        if (fault is Fault.EndWatch)
            return;
        if (fault is Fault.WatchLine line)
            await watch.SendAsync(line.Text);
        try
        {
            await FollowAsync(call, (string?)query["resourceVersion"] ?? "", bookmark, watch, over.Token);
        }
        catch (OperationCanceledException) when (!stopped.IsCancellationRequested)
        {
            await watch.BookmarkAsync(call.Kind!);
        }
        catch (FakeRefusal refusal)
        {
            await watch.SendAsync(new JsonObject { ["type"] = "ERROR", ["object"] = refusal.ToStatus() }.ToJsonString());
        }
        catch (FakeWatchDropped)
        {
            context.Abort();
        }
    }

    private async Task FollowAsync(FakeCall call, string from, Task bookmark, Watch watch, CancellationToken over)
    {
        long version;
        if (from is "" or "0")
        {
            (var items, version) = store.List(call.Kind!, call.Namespace);
            foreach (var item in items)
                await watch.EventAsync("ADDED", item.Json);
        }
        else
        {
            version = long.Parse(from);
        }

        var isBookmarkDue = false;
        while (true)
        {
            var (changes, current, next) = store.Since(version, call.Kind!, call.Namespace);
            foreach (var change in changes)
                await watch.EventAsync(change.Type, change.Json);

            // A bookmark promises that everything up to it was sent.
            watch.Version = version = current;
            if (isBookmarkDue)
                await watch.BookmarkAsync(call.Kind!);
            await Task.WhenAny(next, bookmark).WaitAsync(over);
            isBookmarkDue = bookmark.IsCompleted;
            lock (_lock)
                bookmark = isBookmarkDue ? _bookmark.Task : bookmark;
        }
    }

    private sealed class FakeWatchDropped : Exception;

    private sealed class Watch(HttpResponse response, Fault? fault, bool wantsBookmarks)
    {
        private readonly List<string> _sent = [];

        public async Task EventAsync(string type, string json)
        {
            if (fault is Fault.DropWatch drop && _sent.Count >= drop.Events)
                throw new FakeWatchDropped();
            var line = $$"""{"type":"{{type}}","object":{{json}}}""";
            await SendAsync(line);
            _sent.Add(line);
            if (fault is Fault.RepeatEvents)
            {
                foreach (var old in _sent)
                    await SendAsync(old);
            }

            if (fault is Fault.DropWatch last && _sent.Count >= last.Events)
                throw new FakeWatchDropped();
        }

        /// <summary>Everything up to this version was sent; 0 until then.</summary>
        public long Version { get; set; }

        public Task BookmarkAsync(FakeKind kind) =>
            wantsBookmarks && Version > 0
                ? SendAsync(Bookmark(kind, Version).ToJsonString())
                : Task.CompletedTask;

        public async Task SendAsync(string line)
        {
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
            await response.Body.FlushAsync();
        }

        private static JsonObject Bookmark(FakeKind kind, long version) => new()
        {
            ["type"] = "BOOKMARK",
            ["object"] = new JsonObject
            {
                ["kind"] = kind.Kind,
                ["apiVersion"] = kind.ApiVersion,
                ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString() },
            },
        };
    }
}
