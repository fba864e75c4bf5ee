namespace Provisioning.Testing.ApiServer;

/// <summary>Something that the server does wrong, for the requests that fit.</summary>
public abstract record Fault
{
    private int _left = 1;
    private int _hits;

    /// <summary>Verb that it is for (get, list, watch, create, update, patch, delete); null for all.</summary>
    public string? Verb { get; init; }

    /// <summary>Resource that it is for, such as <c>nodes</c> or <c>nodes/status</c>; null for all.</summary>
    public string? Resource { get; init; }

    /// <summary>How many requests it hits; then it is spent.</summary>
    public int Times
    {
        get => _left;
        init => _left = value;
    }

    /// <summary>Ends it: from now on it hits no request.</summary>
    public void Lift() => Volatile.Write(ref _left, 0);

    /// <summary>How many requests it has hit.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal bool TryHit(FakeCall call)
    {
        if ((Verb is not null && Verb != call.Verb) || (Resource is not null && Resource != call.Resource))
            return false;
        if (Interlocked.Decrement(ref _left) < 0)
            return false;
        Interlocked.Increment(ref _hits);
        return true;
    }

    /// <summary>Refuses with a Status body; nothing is done.</summary>
    /// <param name="Code">Status code.</param>
    /// <param name="Reason">Reason.</param>
    /// <param name="RetryAfterSeconds">Retry-After header, in seconds.</param>
    public sealed record Refuse(int Code, string Reason, int? RetryAfterSeconds = null) : Fault;

    /// <summary>Drops the connection instead of an answer.</summary>
    /// <param name="AfterEffect">Whether the request is carried out first.</param>
    public sealed record Drop(bool AfterEffect) : Fault;

    /// <summary>Accepts and never answers.</summary>
    public sealed record Freeze : Fault;

    /// <summary>Answers when told to.</summary>
    /// <param name="Until">Completes when the answer may go out.</param>
    public sealed record Delay(Task Until) : Fault;

    /// <summary>Sends the headers and so many bytes of the body, then nothing more.</summary>
    /// <param name="Bytes">Bytes that are sent.</param>
    public sealed record StallBody(int Bytes) : Fault;

    /// <summary>Sends so many bytes of the body, then drops the connection.</summary>
    /// <param name="Bytes">Bytes that are sent.</param>
    public sealed record CutBody(int Bytes) : Fault;

    /// <summary>Drops the connection of a watch after so many events.</summary>
    /// <param name="Events">Events that are sent.</param>
    public sealed record DropWatch(int Events) : Fault;

    /// <summary>Sends every event of a watch twice, and after each one all older ones of the log again.</summary>
    public sealed record RepeatEvents : Fault;

    /// <summary>Begins a watch with this line.</summary>
    /// <param name="Text">The line, without its end.</param>
    public sealed record WatchLine(string Text) : Fault;

    /// <summary>Ends a watch at once without a word.</summary>
    public sealed record EndWatch : Fault;

    /// <summary>A line for <see cref="WatchLine"/>: an ERROR event.</summary>
    /// <param name="code">Status code.</param>
    /// <param name="reason">Reason.</param>
    public static string ErrorEvent(int code, string reason) =>
        new System.Text.Json.Nodes.JsonObject { ["type"] = "ERROR", ["object"] = FakeRefusal.Status(code, reason, "said so by a test") }.ToJsonString();
}
