using System.Globalization;
using System.Text;

namespace Provisioning.Hostile.Tests.Fuzzing;

/// <summary>Bytes as plain ASCII text, for samples in files and for messages: \xNN for what cannot be seen, \\ for a backslash.</summary>
internal static class Escapes
{
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            if (value == '\\')
                text.Append(@"\\");
            else if (value is (byte)'\n' or (>= (byte)' ' and <= (byte)'~'))
                text.Append((char)value);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
        }

        return text.ToString();
    }

    public static byte[] Bytes(string text)
    {
        List<byte> bytes = new(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
            }
            else if (text[i + 1] == 'x')
            {
                bytes.Add(byte.Parse(text.AsSpan(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 3;
            }
            else
            {
                bytes.Add((byte)text[++i]);
            }
        }

        return [.. bytes];
    }
}
