using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Provisioning.Ssh;

/// <summary>Compares host keys with the accepted ones.</summary>
internal static class HostKeys
{
    private const int MostShown = 3;

    /// <summary>The key as known_hosts has it, "ssh-ed25519 AAAA...".</summary>
    public static string ToText(ReadOnlySpan<byte> blob) => $"{TypeOf(blob)} {Convert.ToBase64String(blob)}";

    /// <summary>The fingerprint as ssh-keygen -l prints it, "SHA256:...".</summary>
    public static string Fingerprint(ReadOnlySpan<byte> blob) => "SHA256:" + Convert.ToBase64String(SHA256.HashData(blob)).TrimEnd('=');

    /// <summary>Whether the key is one of the accepted, given as text or as fingerprint.</summary>
    public static bool IsAccepted(ReadOnlySpan<byte> blob, IEnumerable<string> accepted)
    {
        var text = ToText(blob);
        var fingerprint = Fingerprint(blob);
        foreach (var candidate in accepted)
        {
            var trimmed = candidate.Trim();
            if (trimmed.StartsWith("SHA256:", StringComparison.Ordinal) ? trimmed.TrimEnd('=') == fingerprint : WithoutComment(trimmed) == text)
                return true;
        }

        return false;
    }

    /// <summary>The fingerprints of accepted keys, for people: all of one or a few, else the first ones.</summary>
    public static string Fingerprints(IReadOnlyList<string> accepted)
    {
        var shown = string.Join(" or ", accepted.Take(MostShown).Select(FingerprintOf));
        return accepted.Count <= MostShown ? shown : $"{shown} or one of {accepted.Count - MostShown} more";
    }

    /// <summary>
    /// Signature algorithms for the accepted keys, first. The client's order decides which of its keys a server shows: asked for another type than the pinned
    /// one, an honest server would show a key that is not pinned.
    /// </summary>
    public static IReadOnlyList<string> PreferredAlgorithms(IEnumerable<string> accepted)
    {
        List<string> algorithms = [];
        foreach (var type in accepted.Select(key => key.Trim().Split(' ')[0]))
        {
            string[] wanted = type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
            algorithms.AddRange(wanted.Where(name => !name.StartsWith("SHA256:", StringComparison.Ordinal) && !algorithms.Contains(name)));
        }

        return algorithms;
    }

    private static string FingerprintOf(string accepted)
    {
        var words = accepted.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var blob = new byte[accepted.Length];
        return words.Length >= 2 && Convert.TryFromBase64String(words[1], blob, out var length) ? Fingerprint(blob.AsSpan(0, length)) : accepted.Trim();
    }

    private static string WithoutComment(string key)
    {
        var words = key.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        return words.Length < 2 ? key : $"{words[0]} {words[1]}";
    }

    private static string TypeOf(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 4)
            return "unknown";
        var length = BinaryPrimitives.ReadInt32BigEndian(blob);
        if (length is not (> 0 and <= 64) || length > blob.Length - 4)
            return "unknown";

        // The server wrote it, and it becomes a part of what is recorded and shown.
        var type = Encoding.ASCII.GetString(blob.Slice(4, length));
        return type.All(c => c is > ' ' and <= '~') ? type : "unknown";
    }
}
