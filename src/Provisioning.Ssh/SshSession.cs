using Renci.SshNet;
using Renci.SshNet.Common;

namespace Provisioning.Ssh;

/// <summary>One connection of SSH.NET. Every wait has a deadline of our own, since many of the library's ignore tokens.</summary>
internal sealed class SshSession(SshClient client, UnreadOutput unread, string endpoint, string hostKey, TimeProvider timeProvider) : ISshSession
{
    /// <summary>
    /// Read and thrown away beyond the kept output, before the command is stopped: enough for a talkative command to end in peace, too little for an endless one.
    /// </summary>
    private const long MostThrownAway = 16L * 1024 * 1024;

    /// <summary>What a program gets that writes to a closed pipe (128 + SIGPIPE), which is what happens to a command that is stopped for its output.</summary>
    private const int StoppedForOutput = 141;

    private static readonly TimeSpan MostGoodbye = TimeSpan.FromSeconds(1);

    private const int MaximumErrorBytes = 64 * 1024;

    /// <summary>Writes its first argument to both streams and becomes the rest. Not by the login shell itself, which may be one that redirects otherwise, or must not.</summary>
    private const string SayMark = """sh -c 'echo "$0"; echo "$0" >&2; exec "$@"'""";

    /// <summary>Start-up files of login shells greet on both streams; what a script says begins after this line.</summary>
    private readonly string _mark = $"provisioning-{Guid.NewGuid():N}";

    private int _disposed;

    // The library's streams can be read without blocking only by asking for their length; this is how often. The end of a command is noticed at once.
    private static readonly TimeSpan DrainInterval = TimeSpan.FromMilliseconds(50);

    public string HostKey => hostKey;

    public bool IsConnected => client.IsConnected;

    public async Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken)
    {
        options ??= new();
        var mark = command.IsScript ? _mark : "";
        // An input stream that is closed without a byte in it sends no end of file, and the command would wait for ever.
        var text = options.Input.IsEmpty ? $"{command} </dev/null" : command.ToString();
        if (mark.Length > 0)
            text = $"{SayMark} {mark} {text}";
        using var deadline = new CancellationTokenSource(options.Timeout, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);

        SshCommand? running = null;
        try
        {
            running = client.CreateCommand(text);
            running.CommandTimeout = options.Timeout + TimeSpan.FromSeconds(5);
            unread.Begin(running);
            return await RunAsync(running, options, mark, linked.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error) when (error is OperationCanceledException or SshOperationTimeoutException)
        {
            throw new SshFailureException(SshFailureKind.TimedOut,
                $"{endpoint} did not end a command within {options.Timeout.TotalSeconds:0.#} s. Look whether the machine hangs or is overloaded.", error) { MayHaveSent = true };
        }
        catch (Exception error) when (error is SshException or ObjectDisposedException or IOException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            throw ConnectionLost(error);
        }
        finally
        {
            if (running is not null)
                Leave(running);
        }
    }

    private async Task<SshResult> RunAsync(SshCommand command, SshExecuteOptions options, string mark, CancellationToken cancellationToken)
    {
        // Opening the channel blocks until the peer answers, and so does the input while the peer waits for its output to be read.
        var starting = Task.Run(() => StartAsync(command, options.Input), CancellationToken.None);
        var ending = starting.Unwrap();
        var output = new BoundedBuffer(options.MaximumOutputBytes, mark);
        var error = new BoundedBuffer(MaximumErrorBytes, mark);

        while (!ending.IsCompleted)
        {
            output.Drain(command.OutputStream);
            error.Drain(command.ExtendedOutputStream);
            unread.Read();
            // Not before all input was sent: the library goes on sending it into the closed channel, and the server hangs up on all commands of the connection.
            if (starting.IsCompleted && (output.ThrownAway > MostThrownAway || error.ThrownAway > MostThrownAway))
            {
                _ = ending.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                return new(StoppedForOutput, output.ToString(), error.ToString(), OutputTruncated: true);
            }

            using var interval = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(ending, Task.Delay(DrainInterval, timeProvider, interval.Token));
            await interval.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }

        await ending;
        output.Drain(command.OutputStream);
        output.End();
        error.Drain(command.ExtendedOutputStream);
        error.End();
        return options.Binary
            ? new(ExitCode(command), "", error.ToString(), output.ThrownAway > 0) { Bytes = output.Kept }
            : new(ExitCode(command), output.ToString(), error.ToString(), output.ThrownAway > 0);
    }

    /// <summary>The outer task ends when the command is started and has its input, the inner one when the command ends.</summary>
    private static Task<Task> StartAsync(SshCommand command, ReadOnlyMemory<byte> input)
    {
        var ending = command.ExecuteAsync(CancellationToken.None);
        if (!input.IsEmpty && !ending.IsCompleted)
        {
            using var stream = command.CreateInputStream();
            stream.Write(input.Span);
        }

        return Task.FromResult(ending);
    }

    /// <summary>Closing a channel waits for the peer, up to a second.</summary>
    private void Leave(SshCommand command)
    {
        unread.Leave(command);
        _ = Task.Run(
            () =>
            {
                try
                {
                    command.Dispose();
                }
                finally
                {
                    unread.End(command);
                }
            },
            CancellationToken.None);
    }

    private int ExitCode(SshCommand command)
    {
        if (command.ExitStatus is { } status)
            return status;
        if (!string.IsNullOrEmpty(command.ExitSignal))
            return 128 + SignalNumber(command.ExitSignal);
        throw ConnectionLost(innerException: null);
    }

    private static int SignalNumber(string name) => name switch
    {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ILL" => 4,
        "ABRT" => 6,
        "FPE" => 8,
        "KILL" => 9,
        "SEGV" => 11,
        "PIPE" => 13,
        "ALRM" => 14,
        "TERM" => 15,
        _ => 127,
    };

    private SshFailureException ConnectionLost(Exception? innerException) => new(SshFailureKind.ConnectionLost,
        $"The connection to {endpoint} broke while a command ran; whether it took effect is not known. It is looked at again.", innerException);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        SshMetrics.Closed();
        unread.Close();
        // Who counts sessions waits until this one is closed. Saying goodbye to a frozen peer blocks; nobody waits longer for that.
        await Task.WhenAny(Task.Run(client.Dispose), Task.Delay(MostGoodbye, timeProvider));
    }
}
