using System.Text;
using Provisioning.Simulation.Users;

namespace Provisioning.Simulation.Checks;

/// <summary>Finds secrets as they are, and in base64, as Secrets and headers carry them, wherever in a longer text they stand.</summary>
internal static class SecretMarks
{
    private static readonly string[] All = [Samples.SecretMark, .. Enumerable.Range(0, 3).Select(Encoded)];

    private static readonly byte[][] Bytes = [.. All.Select(Encoding.UTF8.GetBytes)];

    public static bool IsIn(string text)
    {
        foreach (var mark in All)
        {
            if (text.Contains(mark, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    public static bool IsIn(ReadOnlySpan<byte> text)
    {
        foreach (var mark in Bytes)
        {
            if (text.IndexOf(mark) >= 0)
                return true;
        }

        return false;
    }

    /// <summary>What is the same of it in base64 whatever comes before and after, if so many bytes are before it.</summary>
    private static string Encoded(int before)
    {
        var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', before) + Samples.SecretMark));
        var (first, last) = ((before * 8 + 5) / 6, (before + Samples.SecretMark.Length) * 8 / 6);
        return text[first..last];
    }
}
