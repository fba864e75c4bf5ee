using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Provisioning.Api;
using Provisioning.OperatingSystems.CurrentImages;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Steps;

/// <summary>The answer to the script that looks at a machine.</summary>
/// <param name="Facts">What currentimage.txt says.</param>
/// <param name="File">The file, if it could be read and parsed.</param>
/// <param name="Stamp">
/// What the file must still be when it is written anew: its SHA-256, "none" if it is missing, "any" if it cannot be read.
/// </param>
/// <param name="BootId">Boot id.</param>
/// <param name="HostKeys">Public host keys.</param>
internal sealed partial record MachineAnswer(CurrentImageFacts Facts, CurrentImageFile? File, string Stamp, string? BootId, IReadOnlyList<string> HostKeys)
{
    private const string AnyStamp = "any";

    public static SshExecuteOptions Options { get; } = new() { MaximumOutputBytes = 256 * 1024, Timeout = TimeSpan.FromSeconds(30) };

    public static MachineAnswer Parse(SshResult result)
    {
        var answer = StepAnswer.Parse(result);
        if (answer.State != StepState.Unchanged)
            return new(CurrentImageRules.Unreadable(answer.Message ?? "the machine gave no answer", Reasons.UnexpectedAnswer), null, AnyStamp, null, []);

        var lines = result.Output.Split('\n', StringSplitOptions.TrimEntries);
        var bootId = After(lines, "boot-id ");
        var (facts, file, stamp) = ReadFile(lines);
        return new(facts, file, stamp, bootId is not null && BootIdForm().IsMatch(bootId) ? bootId : null, answer.HostKeys);
    }

    private static (CurrentImageFacts Facts, CurrentImageFile? File, string Stamp) ReadFile(string[] lines)
    {
        if (lines.Contains("missing"))
            return (CurrentImageRules.Missing, null, "none");
        if (After(lines, "unreadable ") is { } why)
            return (CurrentImageRules.Unreadable(why), null, AnyStamp);
        if (!TryReadContents(lines, out var bytes))
            return (CurrentImageRules.Unreadable("the machine gave no answer about it", Reasons.UnexpectedAnswer), null, AnyStamp);

        // More bytes than a currentimage.txt may have are its beginning only.
        var stamp = bytes.Length <= CurrentImageFile.MaximumBytes ? Convert.ToHexStringLower(SHA256.HashData(bytes)) : AnyStamp;
        return (CurrentImageRules.Read(bytes), CurrentImageFile.Parse(bytes, out _), stamp);
    }

    private static bool TryReadContents(string[] lines, out byte[] bytes)
    {
        bytes = [];
        // An empty file leaves the word alone, its blank trimmed.
        var digits = Array.IndexOf(lines, "contents") >= 0 ? "" : After(lines, "contents ");
        if (digits is null || digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
            return false;

        bytes = Convert.FromHexString(digits);
        return true;
    }

    private static string? After(string[] lines, string word) =>
        Array.Find(lines, line => line.StartsWith(word, StringComparison.Ordinal))?[word.Length..];

    [GeneratedRegex(@"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BootIdForm();
}
