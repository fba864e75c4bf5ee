using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Provisioning.OperatingSystems.CurrentImages;

namespace Provisioning.OperatingSystems.Tests.CurrentImages;

public sealed class CurrentImageFileTests
{
    private const string Vcl = "centos7image-Base12-v3\nid=12\nprettyname=CentOS 7 = base\nimagerevision_id=34\nimagerevision_datecreated=2024-01-02 03:04:05\n"
        + "computer_id=5\ncomputer_hostname=vm5\nvcld_post_load=success (2024-01-02 04:00:00)\naddomain_id=3 (2024-01-02 04:01:00)\n";

    [Fact]
    public void A_file_of_VCL_is_understood()
    {
        var file = Parse(Vcl)!;

        Assert.Equal("centos7image-Base12-v3", file.Name);
        Assert.Equal(["34"], file.Values(CurrentImageKeys.RevisionId));
        Assert.Equal(["CentOS 7 = base"], file.Values(CurrentImageKeys.PrettyName));
        Assert.Equal(["success (2024-01-02 04:00:00)"], file.Values(CurrentImageKeys.PostLoad));
        Assert.Equal(Vcl, Encoding.UTF8.GetString(file.Render()));
    }

    [Fact]
    public void Line_ends_of_Windows_are_kept()
    {
        var text = Vcl.Replace("\n", "\r\n", StringComparison.Ordinal);
        var file = Parse(text)!;

        Assert.Equal(["34"], file.Values(CurrentImageKeys.RevisionId));
        Assert.Equal(text, Encoding.UTF8.GetString(file.Render()));
    }

    [Fact]
    public void A_tag_replaces_all_its_lines_and_no_other()
    {
        var file = Parse("name\na=1\n\nvcld_tainted=x\nnot a key\na=2\naa=3\n")!.With("a", "9");

        Assert.Equal(["name", "", "vcld_tainted=x", "not a key", "aa=3", "a=9"], file.Lines);
    }

    [Theory]
    [InlineData("a\0b\n", "line 1 holds control characters")]
    [InlineData("a\n\u001b[2Jb\n", "line 2 holds control characters")]
    [InlineData("a\rb\n", "line 1 holds control characters")]
    public void Control_characters_are_refused(string text, string problem)
    {
        Assert.Null(CurrentImageFile.Parse(Encoding.UTF8.GetBytes(text), out var why));
        Assert.Equal(problem, why);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused() => Assert.Null(CurrentImageFile.Parse([0x7f, (byte)'E', (byte)'L', (byte)'F', 0xff, 0xfe], out _));

    [Fact]
    public void A_huge_file_is_refused()
    {
        Assert.Null(CurrentImageFile.Parse(new byte[CurrentImageFile.MaximumBytes + 1], out var why));
        Assert.Equal("it is larger than 64 KiB", why);
        Assert.Null(CurrentImageFile.Parse(Encoding.UTF8.GetBytes(new string('\n', CurrentImageFile.MaximumLines + 1)), out _));
    }

    [Property]
    public bool Garbage_never_throws(byte[] bytes)
    {
        _ = CurrentImageRules.Read(bytes);
        return true;
    }

    [Property]
    public Property What_is_written_is_read() => Prop.ForAll(Files, file =>
    {
        var back = CurrentImageFile.Parse(file.Render(), out _)!;
        return back.Lines.SequenceEqual(file.Lines) && !back.Unterminated && (file.Lines.Length == 0 || back.CarriageReturns == file.CarriageReturns);
    });

    [Property]
    public Property Setting_a_tag_keeps_every_other_line() => Prop.ForAll(Files, file =>
    {
        var with = file.With("vcld_tainted", "a=b (now)");
        return with.Lines[^1] == "vcld_tainted=a=b (now)"
            && with.Lines[..^1].SequenceEqual(file.Lines.Where(line => !line.StartsWith("vcld_tainted=", StringComparison.Ordinal)))
            && with.With("vcld_tainted", "a=b (now)").Lines.SequenceEqual(with.Lines);
    });

    private static Arbitrary<CurrentImageFile> Files => Arb.From(
        from lines in Gen.ArrayOf(Gen.OneOf(Gen.Elements("vcld_tainted=x", "imagerevision_id=1", "", "=", "name", "a=b=c", "vcld_tainted", " vcld_tainted=1"), AnyLine))
        from windows in ArbMap.Default.GeneratorFor<bool>()
        select new CurrentImageFile([.. lines]) { CarriageReturns = windows });

    private static Gen<string> AnyLine => ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text =>
        string.Concat(text.Get.EnumerateRunes().Where(rune => !Rune.IsControl(rune)).Select(rune => rune.ToString())));

    private static CurrentImageFile? Parse(string text) => CurrentImageFile.Parse(Encoding.UTF8.GetBytes(text), out _);
}
