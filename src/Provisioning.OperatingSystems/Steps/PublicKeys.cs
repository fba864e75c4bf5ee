using System.Buffers.Text;
using System.Text;
using System.Text.RegularExpressions;

namespace Provisioning.OperatingSystems.Steps;

/// <summary>Public SSH host keys as a machine tells them.</summary>
internal static partial class PublicKeys
{
    /// <summary>As many as the API can hold.</summary>
    public const int Maximum = 8;

    private const int MaximumLength = 1024;

    /// <summary>Whether the text is one key of a kind that is accepted, "ssh-ed25519 AAAA...", and its bytes say the same kind.</summary>
    public static bool IsValid(string key)
    {
        if (key.Length > MaximumLength || !Form().IsMatch(key))
            return false;

        var kind = key[..key.IndexOf(' ')];
        var encoded = key[(kind.Length + 1)..];
        if (!Base64.IsValid(encoded))
            return false;

        // RFC 4253 6.6: the blob begins with the length and name of its kind.
        var blob = Convert.FromBase64String(encoded);
        return blob.AsSpan().StartsWith((byte[])[0, 0, 0, (byte)kind.Length, .. Encoding.ASCII.GetBytes(kind)]);
    }

    /// <summary>What may be shown until new keys are in place: the one that is shown, the new ones, then other present ones, as far as there is room.</summary>
    public static IReadOnlyList<string> Either(string shown, IReadOnlyList<string> made, IReadOnlyList<string> present) =>
        [.. made.Prepend(shown).Concat(present).Where(key => key.Length > 0).Distinct().Take(Maximum)];

    [GeneratedRegex(@"^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]+={0,2}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
