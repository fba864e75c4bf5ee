using System.Diagnostics;
using System.Reflection;
using Provisioning.Engines.Configuration;
using Provisioning.Engines.Libvirt;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.XCat;

namespace Provisioning.Hostile.Tests.Injection;

/// <summary>
/// Every script of every engine, from its first line to its last, in real shells, with each of its values an attempt to inject: as if neither the schema nor the API server had looked at
/// them. What runs inside machines has its like in the tests of operating systems.
/// </summary>
public sealed class ScriptInjectionTests : IDisposable
{
    private const string Number = "a[$(injected)]";

    private static readonly string[] Attempts =
    [
        "$(injected)", $"x {ScriptRoom.Piece} y", "'; injected; '", "\"; injected; \"", "x\ninjected\n#", "x; injected #", "*", Number, "$((a[$(injected)]))", "-oProxyCommand=injected", "--help", "../../../x", "x/;s/.*/injected/e;#", "%s%n\\{}",
    ];

    /// <summary>One of their arguments is a program by design: a command that the administrator wrote into the Provisioner.</summary>
    private const string TakePrograms = "Provisioning.Engines.Configuration.Services.";

    /// <summary>Unquoted substitutions, of which only a shell's own word splitting makes more than one word. They are looked for in all lines, whether a shell comes to them or not.</summary>
    private const string Unquoted = "SC2086,SC2046,SC2048,SC2068,SC2206,SC2207,SC2294";

    /// <summary>Lists of words that are to be split: of the script itself, or of UUIDs that virsh printed.</summary>
    private static readonly string[] Lists = ["$domains"];

    /// <summary>Their numbers are an offset and a count, which the operator itself computes.</summary>
    private static readonly string[] Computes = ["Provisioning.Engines.XCat.Images.LibraryScripts.Read"];

    private const int ToItsEnd = 120;

    private readonly ScriptRoom _room = new();

    public static TheoryData<string> Names => [.. Scripts.Keys.Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> Scripts { get; } = Find();

    [Fact]
    public void The_scripts_are_found()
    {
        Assert.True(Scripts.Count > 40, $"Only {Scripts.Count} scripts: {string.Join(", ", Scripts.Keys)}");
        Assert.All(
            new[] { "Libvirt.Images.ImageScripts.Publish", "Remote.Images.ImageReceiver.Append", "Remote.Images.RemoteImageFile.Read", "XCat.Operations.ClaimRelease.Script", "Configuration.Operations.Release.Script", "Configuration.HostProbe.Script" },
            name => Assert.Contains($"Provisioning.Engines.{name}", Scripts.Keys));
    }

    [Theory]
    [InlineData("eval \"$1\"", "injected")]
    [InlineData("sh -c \"echo $1\"", "$(injected)")]
    [InlineData("sh -c \"echo '$1'\"", "'; injected; '")]
    [InlineData("sh -c \"echo $1\"", "x\ninjected\n#")]
    [InlineData("exit 1; stat \"$1\"; exit 1; cat $3", "x " + ScriptRoom.Piece)]
    [InlineData("cat $3", "*")]
    [InlineData("echo x | sed \"s/x/$2/\"", "x/;s/.*/injected/e;#")]
    public async Task The_trap_works(string script, string value)
    {
        await _room.RunAsync(script, value, seconds: ToItsEnd);
        Assert.NotNull(_room.Caught());
    }

    [Fact]
    public async Task The_trap_works_for_numbers_that_bash_evaluates()
    {
        await _room.RunAsync("echo $(($1 + 1))", Number, "bash", seconds: ToItsEnd);
        Assert.NotNull(_room.Caught());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_value_becomes_a_command_or_more_than_one_word(string name)
    {
        foreach (var attempt in Attempts)
            await AssertHarmlessAsync(name, attempt, "sh", succeeds: true);
        foreach (var attempt in Attempts[..2])
            await AssertHarmlessAsync(name, attempt, "sh", succeeds: false);
        foreach (var attempt in new[] { "x; injected #", Number }.Where(attempt => attempt != Number || !Computes.Contains(name)))
            await AssertHarmlessAsync(name, attempt, "bash", succeeds: true);

        // All of it was run: what is planted behind its last line is found.
        await _room.RunAsync($"planted=$1\n{Scripts[name]}\neval \"$planted\"", "injected", seconds: ToItsEnd);
        Assert.True(_room.Caught() is not null, $"{name} is not run to its end, so that what is said of it does not hold.");
    }

    [Fact]
    public async Task No_value_stands_in_a_script_without_quotes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/shellcheck"), "needs the package shellcheck");
        var folder = Directory.CreateTempSubdirectory("provisioning-scripts-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "planted.sh"), "#!/bin/sh\nexit 1\n[ \"$1\" = a ] || rm $3\n", TestContext.Current.CancellationToken);
            foreach (var (name, script) in Scripts)
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{name}.sh"), $"#!/bin/sh\n{script}\n", TestContext.Current.CancellationToken);

            var found = await ShellCheckAsync(folder.FullName);

            Assert.Contains(found, line => line.Contains("planted.sh:3:", StringComparison.Ordinal));
            Assert.Equal([], found.Where(line => !line.Contains("planted.sh", StringComparison.Ordinal)).Select(line => $"{line}\n  {LineOf(line)}").Where(text => !Lists.Any(list => text.Contains(list, StringComparison.Ordinal))));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public void Dispose() => _room.Dispose();

    private async Task AssertHarmlessAsync(string name, string attempt, string shell, bool succeeds)
    {
        await _room.RunAsync(Scripts[name], attempt, shell, succeeds);
        var caught = _room.Caught();
        Assert.True(caught is null, $"{name} under {shell} took this for more than a value: {attempt}\n{caught}");
    }

    private static async Task<string[]> ShellCheckAsync(string folder)
    {
        var start = new ProcessStartInfo("/usr/bin/shellcheck", ["-f", "gcc", "-s", "sh", "-i", Unquoted, .. Directory.EnumerateFiles(folder)]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string LineOf(string finding)
    {
        var parts = finding.Split(':');
        return File.ReadLines(parts[0]).Skip(int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) - 1).First().Trim();
    }

    private static Dictionary<string, string> Find()
    {
        Dictionary<string, string> scripts = new(StringComparer.Ordinal);
        var types = new[] { typeof(LibvirtEngineFactory), typeof(XCatEngineFactory), typeof(ConfigurationEngineFactory), typeof(RemoteHost) }.SelectMany(type => type.Assembly.GetTypes());
        foreach (var field in types.SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly)).Where(field => field.IsLiteral && field.FieldType == typeof(string)))
        {
            var name = $"{field.DeclaringType!.FullName}.{field.Name}";
            if (field.GetRawConstantValue() is string text && text.Contains('\n') && text.Contains('$') && !name.StartsWith(TakePrograms, StringComparison.Ordinal))
                scripts[name] = text;
        }

        return scripts;
    }
}
