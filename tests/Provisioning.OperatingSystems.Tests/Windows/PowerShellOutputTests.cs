using Provisioning.OperatingSystems.Steps;
using Provisioning.OperatingSystems.Windows;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Windows;

/// <summary>Greetings of a Windows, and errors as Windows PowerShell 5.1 sends them over SSH: the XML is as others recorded it, since no test here has a Windows.</summary>
public sealed class PowerShellOutputTests
{
    private const string Mark = "provisioning-0123";

    private const string Progress =
        """<Obj S="progress" RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T><T>System.Object</T></TN><MS><I64 N="SourceId">1</I64><PR N="Record"><AV>Preparing modules for first use.</AV><AI>0</AI><Nil /><PI>-1</PI><PC>-1</PC><T>Completed</T><SR>-1</SR><SD> </SD></PR></MS></Obj>""";

    private const string Profile = "PS profile loaded\r\nLoading personal and system profiles took 1234ms.\r\nmissing\r\nhost-key ssh-ed25519 AAAA\r\nprovisioning-step: failed\r\n";

    [Fact]
    public void A_greeting_is_no_part_of_the_answer() =>
        Assert.Equal("x\r\n\r\nprovisioning-step: changed\r\n", PowerShellOutput.Clean(new(0, $"{Profile}{Mark}\r\nx\r\n\r\nprovisioning-step: changed\r\n", "", OutputTruncated: false), Mark).Output);

    [Fact]
    public void All_is_left_of_an_answer_that_never_began() =>
        Assert.Equal("This account is closed.\r\n", PowerShellOutput.Clean(new(1, "This account is closed.\r\n", "", OutputTruncated: false), Mark).Output);

    [Fact]
    public void Progress_is_no_error() => Assert.Equal("", Error(Xml(Progress)));

    [Fact]
    public void Warnings_are_no_errors() => Assert.Equal("", Error(Xml("""<S S="warning">slow_x000D__x000A_</S><S S="verbose">loud</S>""")));

    [Fact]
    public void Errors_are_read_between_progress_and_behind_a_greeting() => Assert.Equal(
        "fake : The term 'fake' is not recognized as the name of a cmdlet. Check \r\nthe spelling of the name.\r\n",
        Error("PS profile loaded\r\n" + Xml(
            Progress + """<S S="Error">fake : The term 'fake' is not recognized as the name of a cmdlet. Check _x000D__x000A_</S>""" + Progress + """<S S="Error">the spelling of the name._x000D__x000A_</S>""")));

    [Theory]
    [InlineData("a &lt;b&gt; &amp;amp; &quot;c&quot;", "a <b> &amp; \"c\"")]
    [InlineData("my_x005F_x000A_name", "my_x000A_name")]
    [InlineData("_xD83D__xDE00_", "\ud83d\ude00")]
    [InlineData("_x00_ _xZZZZ_", "_x00_ _xZZZZ_")]
    public void Characters_are_those_of_the_error(string encoded, string text) => Assert.Equal(text, Error(Xml($"""<S S="Error">{encoded}</S>""")));

    [Fact]
    public void Errors_are_read_from_what_was_cut() => Assert.Equal("first second", Error("#< CLIXML\r\n<Objs Version=\"1.1.0.1\"><S S=\"Error\">first </S><S S=\"Error\">second"));

    [Fact]
    public void What_is_no_xml_stays() => Assert.Equal("'powershell.exe' is not recognized\r\n", Error("'powershell.exe' is not recognized\r\n"));

    [Fact]
    public void A_step_that_gave_no_answer_tells_the_error_and_not_the_progress()
    {
        var result = new SshResult(1, "", Xml(string.Concat(Enumerable.Repeat(Progress, 5)) + """<S S="Error">Cannot load the assembly._x000D__x000A_</S>"""), OutputTruncated: false);

        Assert.Equal("The step ended with code 1 and gave no answer: Cannot load the assembly.", StepAnswer.Parse(PowerShellOutput.Clean(result, Mark)).Message);
    }

    [Fact]
    public async Task A_machine_with_a_talkative_profile_is_read_like_any_other()
    {
        await using var windows = new FakeWindows { Greeting = Profile, Noise = "PS profile loaded\r\n" + Xml(Progress) };
        windows.Write("golden\nimagerevision_id=golden@3\n", "ProgramData", "provisioning", "currentimage.txt");

        var reading = await new WindowsModule().ObserveAsync(windows, TestContext.Current.CancellationToken);

        Assert.Equal("golden", reading.CurrentImage.Name);
        Assert.Empty(reading.HostKeys);
    }

    private static string Xml(string content) => $"#< CLIXML\r\n<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">{content}</Objs>";

    private static string Error(string error) => PowerShellOutput.Clean(new(1, "", error, OutputTruncated: false), Mark).Error;
}
