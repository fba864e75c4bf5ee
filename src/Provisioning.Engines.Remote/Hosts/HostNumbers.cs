using System.Globalization;

namespace Provisioning.Engines.Remote.Hosts;

/// <summary>Sizes as commands of a host print them: digits and nothing else. Every size that is given can be added to another, and in KiB or MiB too.</summary>
public static class HostNumbers
{
    // A quintillion: some way below what a long holds.
    private const int MostDigits = 18;

    /// <summary>A number of bytes; null for what is none.</summary>
    public static long? Bytes(string word) =>
        word.Length <= MostDigits && long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;

    /// <summary>Bytes of a number of KiB; null for what is none. A network file system may say that it has 16 EiB, or more than can be counted: that is as good as the most that can.</summary>
    public static long? BytesOfKibibytes(string word) =>
        !IsNumber(word) ? null : long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes) && kibibytes <= long.MaxValue / 1024 ? kibibytes * 1024 : long.MaxValue;

    /// <summary>Whether it is digits and nothing else, as an inode is or a time.</summary>
    public static bool IsNumber(string word) => word.Length is > 0 and <= 32 && word.All(char.IsAsciiDigit);

    /// <summary>Whether it is so many digits of a digest.</summary>
    public static bool IsHex(string word, int length) => word.Length == length && word.All(char.IsAsciiHexDigitLower);
}
