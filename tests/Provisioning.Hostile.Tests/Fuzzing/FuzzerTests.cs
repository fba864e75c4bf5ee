using System.Text;
using Xunit.Sdk;

namespace Provisioning.Hostile.Tests.Fuzzing;

/// <summary>The fuzzer can fail: it finds what is planted in a parser, and says how to repeat it.</summary>
public sealed class FuzzerTests
{
    private static readonly byte[][] Samples = ["size 1048576 ok\n"u8.ToArray(), "size 0 bad\n"u8.ToArray()];

    [Fact]
    public void A_parser_that_throws() => Assert.Contains("it threw System.FormatException", Find(text => _ = long.Parse(text.Trim().Split(' ') is [_, var size, ..] ? size : "0", System.Globalization.CultureInfo.InvariantCulture)), StringComparison.Ordinal);

    [Fact]
    public void A_parser_that_goes_beyond_its_input() => Assert.Contains("it threw System.IndexOutOfRangeException", Find(text => _ = text.Split(' ')[2]), StringComparison.Ordinal);

    [Fact]
    public void A_number_that_overflows() =>
        Assert.Contains("less than nothing", Find(text =>
        {
            if (text.Split(' ') is [_, var word, ..] && long.TryParse(word, out var kibibytes) && kibibytes >= 0)
                BrokenPromiseException.Unless(unchecked(kibibytes * 1024) >= 0, "less than nothing");
        }), StringComparison.Ordinal);

    [Fact]
    public void A_parser_that_takes_much_memory() => Assert.Contains("it allocated", Find(text =>
    {
        if (text.Contains("bad", StringComparison.Ordinal))
            _ = new byte[100 * 1024 * 1024];
    }), StringComparison.Ordinal);

    [Fact]
    public void A_parser_that_believes_an_answer_that_was_cut() =>
        Assert.Contains("half an answer", Find(text => BrokenPromiseException.Unless(!text.StartsWith("size ", StringComparison.Ordinal) || text.EndsWith('\n'), "half an answer")), StringComparison.Ordinal);

    [Fact]
    public void A_word_that_is_in_no_sample() => Assert.Contains("believed", Find(text => BrokenPromiseException.Unless(!text.Contains("size 1048576 okimage", StringComparison.Ordinal), "believed")), StringComparison.Ordinal);

    [Fact]
    public void What_it_says_repeats_the_failure()
    {
        List<string> failed = [];
        var target = Planted(text =>
        {
            if (!text.EndsWith('\n'))
            {
                failed.Add(text);
                throw new FormatException();
            }
        });
        var said = Assert.Throws<FailException>(() => Fuzzer.Run(target, Samples, seed: 7, count: 5000, TimeSpan.FromSeconds(30))).Message;
        var number = int.Parse(said.Split("HOSTILE_NUMBER=")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

        Assert.Contains("HOSTILE_SEED=7", said, StringComparison.Ordinal);
        Assert.Throws<FailException>(() => Fuzzer.RunOne(target, Samples, seed: 7, number));
        Assert.Equal(failed[0], failed[1]);
    }

    [Fact]
    public void A_parser_that_keeps_its_promises_is_let_pass() => Assert.Equal(500, Fuzzer.Run(Planted(static _ => { }), Samples, seed: 7, count: 500, TimeSpan.FromSeconds(30)));

    private static string Find(Action<string> parse) => Assert.Throws<FailException>(() => Fuzzer.Run(Planted(parse), Samples, seed: 7, count: 5000, TimeSpan.FromSeconds(30))).Message;

    private static Target Planted(Action<string> parse) => new("planted", ["size ", "ok", "bad", "image"], bytes => parse(Encoding.UTF8.GetString(bytes)));
}
