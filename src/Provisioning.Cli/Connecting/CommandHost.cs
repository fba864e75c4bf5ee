using System.CommandLine;
using Provisioning.Cli.Output;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Cli.Connecting;

/// <summary>Runs commands: gives each a session, and turns what goes wrong into one line that says what to do.</summary>
/// <param name="terminal">Where commands write.</param>
/// <param name="time">Clock.</param>
/// <param name="options">Options of every command.</param>
internal sealed class CommandHost(Terminal terminal, TimeProvider time, GlobalOptions options)
{
    /// <summary>Options of every command.</summary>
    public GlobalOptions Options => options;

    /// <summary>Where commands write.</summary>
    public Terminal Terminal => terminal;

    /// <summary>Clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Says what a command does.</summary>
    public void SetAction(Command command, Func<Session, ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new Session(parsed, terminal, time, options);
            try
            {
                return await action(session, parsed, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return ExitCodes.Failed;
            }
            catch (Exception problem) when (Explain(problem) is { } text)
            {
                await terminal.Error.WriteLineAsync($"error: {SafeText.Lines(text)}");
                return ExitCodes.Failed;
            }
        });

    /// <summary>A session for what is asked for while a command line is typed.</summary>
    public Session NewSession(ParseResult parsed) => new(parsed, terminal, time, options);

    private static string? Explain(Exception problem) => problem switch
    {
        CommandError => problem.Message,
        KubernetesApiException { IsNotFound: true } => $"{problem.Message} Are the CRDs installed? Ask: kubectl get crd nodes.provisioning.dev",
        KubernetesApiException { StatusCode: System.Net.HttpStatusCode.Unauthorized } => $"{problem.Message} Log in again, or choose another --context.",
        KubernetesApiException { StatusCode: System.Net.HttpStatusCode.Forbidden } => $"{problem.Message} You lack that right: ask whoever gives rights in this namespace, or choose another --namespace or --context.",
        KubernetesApiException => problem.Message,
        HttpRequestException => $"The API server cannot be reached: {Innermost(problem).TrimEnd('.')}. Check the --context, and that kubectl get ns works.",
        TimeoutException or InvalidDataException or IOException => problem.Message,
        _ => null,
    };

    private static string Innermost(Exception problem) =>
        problem.InnerException is { } inner && !problem.Message.Contains(inner.Message, StringComparison.Ordinal) ? $"{problem.Message} ({Innermost(inner)})" : problem.Message;
}
