using System.Text;

namespace Provisioning.Hostile.Tests.Fuzzing;

/// <summary>Makes hostile inputs of samples: by bytes, by lines and words, and with what has hurt other programs. The same random numbers make the same input.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> samples, IReadOnlyList<string> words)
{
    private const int LongestInput = 512 * 1024;

    private static readonly string[] Hostile =
    [
        "\u001b[2J\u001b]0;owned\a", "\u202eevil\u202c", "\u2066", "\u200b", "\u2028", "\u0085", "\0", "\r", "\r\n", "\t", "\ufeff", "\ud83d\ude00", "é", "\uffff",
        "$(touch /tmp/x)", "`id`", "'; reboot; '", "\"", "\\", "../../etc/passwd", "-oProxyCommand=id", "--help", "%s%n", "${IFS}", "&&", "|",
        "\\ud800", "\\udfff", "\\u0000", "null", "true", "[]", "{}", "[[[[[[[[", "{\"a\":", "]", "}", ",", ":", "=", "==", " ", "  ",
        "-1", "0", "1", "255", "256", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "1e400", "0x10", "NaN", "٣",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>", "&b;", "<![CDATA[", "-->",
    ];

    public byte[] Next(Random random)
    {
        List<byte> input = [.. Pick(samples, random)];
        for (var count = 1 + random.Next(6); count > 0 && input.Count < LongestInput; count--)
            Mutate(input, random);
        return [.. input.Take(LongestInput)];
    }

    private void Mutate(List<byte> input, Random random)
    {
        switch (random.Next(13))
        {
            case 0 when input.Count > 0:
                input[random.Next(input.Count)] = (byte)random.Next(256);
                break;
            case 1 when input.Count > 0:
                input[random.Next(input.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                Insert(input, Encoding.UTF8.GetBytes(Pick(Hostile, random)), random);
                break;
            case 3:
            case 4:
                Insert(input, Encoding.UTF8.GetBytes(Pick(words, random)), random);
                break;
            case 5:
                RemoveSome(input, random);
                break;
            case 6:
                var end = random.Next(input.Count + 1);
                input.RemoveRange(end, input.Count - end);
                break;
            case 7:
                Insert(input, Part(Pick(samples, random), random), random);
                break;
            case 8:
                Repeat(input, random);
                break;
            case 9:
            case 10:
                ChangeLines(input, random);
                break;
            case 11:
                Replace(input, Pick(words, random), random.Next(2) == 0 ? Pick(Hostile, random) : Pick(words, random), random);
                break;
            default:
                var noise = new byte[random.Next(64)];
                random.NextBytes(noise);
                Insert(input, noise, random);
                break;
        }
    }

    private static void Insert(List<byte> input, byte[] what, Random random) => input.InsertRange(random.Next(input.Count + 1), what);

    private static void RemoveSome(List<byte> input, Random random)
    {
        var start = random.Next(input.Count + 1);
        input.RemoveRange(start, random.Next(Math.Min(64, input.Count - start) + 1));
    }

    private static byte[] Part(byte[] sample, Random random)
    {
        var start = random.Next(sample.Length + 1);
        return sample[start..(start + random.Next(sample.Length - start + 1))];
    }

    /// <summary>Mostly a little, now and then very much: lines without end, thousands of lines, deep nesting.</summary>
    private static void Repeat(List<byte> input, Random random)
    {
        if (input.Count == 0)
            return;
        var start = random.Next(input.Count);
        var part = input.GetRange(start, 1 + random.Next(Math.Min(32, input.Count - start)));
        var times = random.Next(40) == 0 ? 2000 : 1 + random.Next(20);
        input.InsertRange(start, Enumerable.Repeat(part, times).SelectMany(bytes => bytes));
    }

    private static void ChangeLines(List<byte> input, Random random)
    {
        var lines = Encoding.Latin1.GetString([.. input]).Split('\n').ToList();
        var (from, to) = (random.Next(lines.Count), random.Next(lines.Count));
        switch (random.Next(3))
        {
            case 0:
                lines.Insert(to, lines[from]);
                break;
            case 1:
                lines.RemoveAt(from);
                break;
            default:
                (lines[from], lines[to]) = (lines[to], lines[from]);
                break;
        }

        input.Clear();
        input.AddRange(Encoding.Latin1.GetBytes(string.Join('\n', lines)));
    }

    private static void Replace(List<byte> input, string what, string with, Random random)
    {
        var text = Encoding.Latin1.GetString([.. input]);
        var places = Enumerable.Range(0, text.Length).Where(i => text.AsSpan(i).StartsWith(what, StringComparison.Ordinal)).Take(64).ToList();
        if (places.Count == 0)
            return;
        var place = places[random.Next(places.Count)];
        input.RemoveRange(place, what.Length);
        input.InsertRange(place, Encoding.UTF8.GetBytes(with));
    }

    private static T Pick<T>(IReadOnlyList<T> items, Random random) => items[random.Next(items.Count)];
}
