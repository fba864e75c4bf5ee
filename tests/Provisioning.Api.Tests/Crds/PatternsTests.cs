using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Provisioning.Api.Meta;
using Provisioning.Api.Tests.Support;

namespace Provisioning.Api.Tests.Crds;

public sealed class PatternsTests
{
    /// <summary>What a shell, ssh, a path or an XML document would take for something else.</summary>
    private static readonly string[] Injections =
    [
        "", " ", "a b", " a", "a ", "a;b", "a'b", "a\"b", "a`id`", "$(id)", "${HOME}", "a|b", "a&b", "a>b", "a<b", "a\\b", "a*", "a?", "a#b", "!a", "(a)", "{a,b}", "~",
        "a\n", "\na", "a\nb", "a\r", "a\tb", "a\0", "-", "-a", "--help", "-oProxyCommand=id", "ä", "a\u00a0b", "\u202ea", "..", "../a", "a/../b", "%s", "a,b", "a=b",
    ];

    /// <summary>Every pattern of the specs, by field.</summary>
    public static TheoryData<string, string> PatternsOfSpecs =>
    [
        .. Kinds.Schemas.SelectMany(kind => SchemaNode.Walk(kind.Value)
            .Where(node => node.IsInSpec && node.Schema["pattern"] is not null)
            .Select(node => (TheoryDataRow<string, string>)($"{kind.Key} {node.Path}", (string)node.Schema["pattern"]!)))
    ];

    [Theory]
    [MemberData(nameof(PatternsOfSpecs))]
    public void No_field_takes_what_another_program_would_read_as_more_than_a_value(string field, string pattern)
    {
        Assert.StartsWith("^", pattern, StringComparison.Ordinal);
        Assert.EndsWith("$", pattern, StringComparison.Ordinal);
        Assert.Equal([], Injections.Where(text => StructuralValidator.Matches(pattern, text)).Select(text => $"{field} takes '{text}'"));
    }

    /// <summary>An alternative outside the anchors would be free of them.</summary>
    [Theory]
    [MemberData(nameof(PatternsOfSpecs))]
    public void Patterns_are_anchored_as_a_whole(string field, string pattern)
    {
        var depth = 0;
        foreach (var character in pattern)
        {
            depth += character switch { '(' => 1, ')' => -1, _ => 0 };
            Assert.False(character == '|' && depth == 0, $"{field}: {pattern} has an alternative outside of brackets.");
        }
    }

    /// <summary>What the comment on Patterns warns of, and why the attribute is no trap.</summary>
    [Fact]
    public void Attribute_refuses_the_last_line_feed_that_a_bare_match_lets_through()
    {
        var attribute = typeof(LocalReference).GetProperty(nameof(LocalReference.Name))!.GetCustomAttribute<RegularExpressionAttribute>()!;

        Assert.Matches(attribute.Pattern, "a\n");
        Assert.False(attribute.IsValid("a\n"));
        Assert.False(StructuralValidator.Matches(attribute.Pattern, "a\n"));
    }

    [Theory]
    [InlineData("vmhost", true)]
    [InlineData("vmhost.example.org", true)]
    [InlineData("192.0.2.1", true)]
    [InlineData("::1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("::ffff:192.0.2.1", true)]
    [InlineData("a..b", false)]
    [InlineData(".a", false)]
    [InlineData("a.", false)]
    [InlineData("a-", false)]
    [InlineData("a.-b", false)]
    [InlineData("host:22", false)]
    [InlineData("user@host", false)]
    [InlineData("fe80::1%eth0", false)]
    [InlineData("[::1]", false)]
    public void Addresses(string text, bool isTaken) => Assert.Equal(isTaken, StructuralValidator.Matches(Patterns.Address, text));

    [Theory]
    [InlineData("/var/lib/provisioning/images", true)]
    [InlineData("/srv/a_b+c@d-1.2", true)]
    [InlineData("/", false)]
    [InlineData("relative", false)]
    [InlineData("/a/", false)]
    [InlineData("/a//b", false)]
    [InlineData("/a/../b", false)]
    [InlineData("/a/./b", false)]
    [InlineData("/.hidden", false)]
    [InlineData("/a,b", false)]
    [InlineData("/a b", false)]
    [InlineData("/a:b", false)]
    public void Absolute_paths(string text, bool isTaken) => Assert.Equal(isTaken, StructuralValidator.Matches(Patterns.AbsolutePath, text));

    [Theory]
    [InlineData("debian-12.qcow2", true)]
    [InlineData("a..b", true)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData(".hidden", false)]
    [InlineData("a/b", false)]
    [InlineData("json:a", false)]
    public void File_names(string text, bool isTaken) => Assert.Equal(isTaken, StructuralValidator.Matches(Patterns.FileName, text));

    [Theory]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true)]
    [InlineData("ecdsa-sha2-nistp256 AAAA=", true)]
    [InlineData("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", true)]
    [InlineData("ssh-ed25519 AAAA comment", false)]
    [InlineData("host ssh-ed25519 AAAA", false)]
    [InlineData("ssh-dss AAAA", false)]
    [InlineData("MD5:aa:bb", false)]
    [InlineData("SHA256:short", false)]
    public void Host_keys(string text, bool isTaken) => Assert.Equal(isTaken, StructuralValidator.Matches(Patterns.HostKey, text));
}
