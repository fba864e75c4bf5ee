using Microsoft.Extensions.Time.Testing;

namespace Provisioning.Cli.Tests.Support;

/// <summary>A terminal that keeps what is written to it.</summary>
internal sealed class TestTerminal
{
    public static readonly DateTimeOffset Now = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);

    public StringWriter Output { get; } = new();

    public StringWriter Error { get; } = new();

    public Terminal Pipe(string input = "") => new() { Output = Output, Error = Error, Input = new StringReader(input) };

    /// <summary>Runs a command that needs no server.</summary>
    public async Task<int> RunAsync(params string[] arguments) => await CommandLine.RunAsync(arguments, Pipe(), new FakeTimeProvider(Now));
}
