using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Provisioning.Testing.ApiServer;

/// <summary>Serves watches.</summary>
internal sealed class FakeWatches(FakeStore store, FakeRequestLog log, TimeProvider time)
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
            _end = new CancellationTokenSource();
        }
    }

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
        lock (_lock)
            end = _end.Token;
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
            await FollowAsync(call, (string?)query["resourceVersion"] ?? "", watch, over.Token);
        }
        catch (OperationCanceledException) when (!stopped.IsCancellationRequested)
        {
            await watch.BookmarkAsync(call.Kind!, store.Version);
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

    private async Task FollowAsync(FakeCall call, string from, Watch watch, CancellationToken over)
    {
        long version;
        if (from is "" or "0")
        {
            (var items, version) = store.List(call.Kind!, call.Namespace);
            foreach (var item in items)
                await watch.EventAsync("ADDED", item.ToJsonString());
        }
        else
        {
            version = long.Parse(from);
        }

        while (true)
        {
            Task bookmark;
            lock (_lock)
                bookmark = _bookmark.Task;
            var (changes, current, next) = store.Since(version, call.Kind!, call.Namespace);
            foreach (var change in changes)
            {
                await watch.EventAsync(change.Type, change.Json);
                version = change.Version;
            }

            await Task.WhenAny(next, bookmark).WaitAsync(over);
            if (bookmark.IsCompleted && !next.IsCompleted)
                await watch.BookmarkAsync(call.Kind!, version = Math.Max(version, store.Version));
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

        public Task BookmarkAsync(FakeKind kind, long version) =>
            wantsBookmarks
                ? SendAsync(Bookmark(kind, version).ToJsonString())
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
