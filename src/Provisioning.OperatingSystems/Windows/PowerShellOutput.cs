using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Windows;

/// <summary>
/// Tells what a script said from what came with it: profiles of the shell that the SSH server starts (and AutoRun of cmd.exe) greet on standard output, and Windows PowerShell
/// wraps errors, progress and warnings on standard error in XML (CLIXML).
/// </summary>
internal static partial class PowerShellOutput
{
    private const string XmlHeader = "#< CLIXML";

    /// <summary>The answer without the greeting, and errors as a person would read them.</summary>
    /// <param name="result">What came.</param>
    /// <param name="mark">The line that the script says first. Without it the script never began, and all that was said may be the cause.</param>
    public static SshResult Clean(SshResult result, string mark) => result with { Output = AfterMark(result.Output, mark), Error = Errors(result.Error) };

    private static string AfterMark(string output, string mark)
    {
        var begin = output.IndexOf(mark, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : output.IndexOf('\n', begin);
        return end < 0 ? output : output[(end + 1)..];
    }

    /// <summary>Of CLIXML the texts of errors alone, even if it was cut; what is none is left as it is.</summary>
    private static string Errors(string error)
    {
        var begin = error.IndexOf(XmlHeader, StringComparison.Ordinal);
        return begin < 0 ? error : string.Concat(ErrorText().Matches(error[begin..]).Select(match => Decode(match.Groups["text"].Value)));
    }

    /// <summary>XML's own references first: an underscore of the text itself is written as _x005F_.</summary>
    private static string Decode(string text) =>
        CodeUnit().Replace(WebUtility.HtmlDecode(text), match => ((char)int.Parse(match.Groups["code"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString());

    [GeneratedRegex("""<S S="Error">(?<text>[^<]*)""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ErrorText();

    [GeneratedRegex("_x(?<code>[0-9A-Fa-f]{4})_", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeUnit();
}
