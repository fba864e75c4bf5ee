using System.Management.Automation.Language;
using System.Text;
using FsCheck.Xunit;
using Provisioning.OperatingSystems.Steps;
using Provisioning.OperatingSystems.Windows;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Windows;

/// <summary>Every script through the parser of PowerShell, and how values get into them.</summary>
public sealed class WindowsScriptsTests
{
    /// <summary>Of Windows and of PowerShell 5.1; everything else must be defined in the script itself.</summary>
    private static readonly string[] Cmdlets = ["Set-StrictMode", "ForEach-Object", "Where-Object", "Out-Null", "Get-PnpDevice", "Invoke-CimMethod", "Get-CimInstance", "Rename-Computer", "Write-VolumeCache"];

    private static IEnumerable<(string Name, string Script)> Scripts =>
        WindowsSteps.PreCapture.Concat(WindowsSteps.PostLoad).Append(WindowsSteps.All.Hook).Append(WindowsSteps.All.PowerOff).Select(step => (step.Name, step.Script)).Append(("observe", WindowsScripts.Observe));

    [Fact]
    public void Every_script_parses_and_calls_only_what_there_is() => Assert.All(Scripts, each =>
    {
        var tree = Parse(each.Script);
        var functions = tree.FindAll(node => node is FunctionDefinitionAst, searchNestedScriptBlocks: true).Cast<FunctionDefinitionAst>().Select(function => function.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var called = tree.FindAll(node => node is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>().Select(command => command.GetCommandName()).Distinct();
        Assert.Equal([], called.Where(name => name is null || (!functions.Contains(name) && !Cmdlets.Contains(name))).Select(name => $"{each.Name}: {name}"));
        Assert.Contains("Step", functions);
    });

    [Fact]
    public void No_script_uses_what_Windows_PowerShell_lacks() => Assert.All(Scripts, each => Assert.Empty(Parse(each.Script).FindAll(
        node => node is TernaryExpressionAst or PipelineChainAst or BinaryExpressionAst { Operator: TokenKind.QuestionQuestion } or MemberExpressionAst { NullConditional: true } or IndexExpressionAst { NullConditional: true },
        searchNestedScriptBlocks: true).Select(node => node.Extent.Text)));

    [Fact]
    public void The_runner_of_jobs_parses()
    {
        var encoded = WindowsSteps.All.Hook.Script.Split("FromBase64String('")[1].Split('\'')[0];
        Parse(Encoding.UTF8.GetString(Convert.FromBase64String(encoded)));
    }

    [Fact]
    public void The_command_line_is_constant_needs_no_quoting_in_any_shell_and_fits_cmd()
    {
        var command = PowerShellCommand.Command.ToString();

        Assert.Matches(@"^powershell\.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand [A-Za-z0-9+/=]+\z", command);
        Assert.True(command.Length < 8000, $"{command.Length} characters");
        Parse(PowerShellCommand.Bootstrap);
    }

    [Property(MaxTest = 50)]
    public bool Whatever_a_value_holds_arrives_as_that_value(FsCheck.NonNull<string> text)
    {
        // What cannot be said in UTF-8 cannot be asked for either.
        var value = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
        return EchoAsync(value).GetAwaiter().GetResult() == value;
    }

    [Theory]
    [InlineData("'; Restart-Computer; '")]
    [InlineData("$(throw 'x') `n \"$env:PATH\"")]
    [InlineData("a\r\nscript ZXZpbA==\r\n")]
    [InlineData("%PATH% & del C:\\ | more > x ^ \0")]
    public async Task Syntax_arrives_as_text(string value) => Assert.Equal(value, await EchoAsync(value));

    [Fact]
    public async Task Arguments_of_programs_arrive_as_they_are()
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs a program that shows its arguments");
        string[] arguments = ["", "a b", "\"", "a\\", "a b\\", "\\\"", "\\\\ \"x\" \\\\", "tab\tend", "plain"];
        var script = Wrap($"Say (Invoke-Program '/bin/sh' @('-c', 'for each; do printf \"[%s]\" \"$each\"; done', 'sh', {string.Join(", ", arguments.Select(each => $"(Value '{Name(each)}')"))})).Output");
        await using var windows = new FakeWindows();

        var answer = await RunAsync(windows, script, [("real", ReadOnlyMemory<byte>.Empty), .. arguments.Select(each => (Name(each), (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(each)))]);

        Assert.Equal(string.Concat(arguments.Select(each => $"[{each}]")), answer.Split("\n\n")[0].TrimEnd('\n'));

        static string Name(string value) => $"v{Convert.ToHexString(Encoding.UTF8.GetBytes(value))}";
    }

    [Fact]
    public async Task A_program_that_hangs_is_ended()
    {
        await using var windows = new FakeWindows();

        var answer = await RunAsync(windows, Wrap("[void](Invoke-Program '/bin/sleep' @('60') 1)"), [("real", ReadOnlyMemory<byte>.Empty)]);

        Assert.Contains("/bin/sleep did not end within 1 s.", answer, StringComparison.Ordinal);
        Assert.EndsWith("provisioning-step: failed\n", answer, StringComparison.Ordinal);
    }

    private static async Task<string> EchoAsync(string value)
    {
        await using var windows = new FakeWindows();
        var answer = await RunAsync(windows, Wrap("Say ([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes((Value 'argument1'))))"), [("argument1", Encoding.UTF8.GetBytes(value))]);
        return Encoding.UTF8.GetString(Convert.FromBase64String(answer.Split('\n')[0]));
    }

    private static string Wrap(string body)
    {
        var script = WindowsSteps.PreCapture.Single(step => step.Name == "sync").Script;
        return script.Replace("function Step { Write-Volume }", $"function Step {{ {body} }}", StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(FakeWindows windows, string script, IEnumerable<(string, ReadOnlyMemory<byte>)> values)
    {
        var result = await PowerShellCommand.RunAsync(windows, script, values, new(), TestContext.Current.CancellationToken);
        Assert.Equal("", result.Error);
        return result.Output;
    }

    private static ScriptBlockAst Parse(string script)
    {
        var tree = Parser.ParseInput(script, out _, out var errors);
        Assert.Empty(errors.Select(error => $"{error.Message} {error.Extent.Text}"));
        return tree;
    }
}
