using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Hostile.Tests.Injection;

/// <summary>Every text of every spec: the schema, which the API server enforces, refuses what could be taken for a command, an option, a path or the control of a terminal.</summary>
public sealed class SchemaTests
{
    private static readonly string[] Attempts =
    [
        "$(touch /tmp/x)", "`id`", "a'b", "a\"b", "a b", "a\nb", "a\n", "-oProxyCommand=id", "--help", "../x", "a/../b", "/../etc", "..", "a;b", "a|b", "a&b", "a\\b", "a$b", "a\u001b[2J", "\u202ea", "a\0b", "*", "~root", "{a,b}", "a%0ab",
    ];

    /// <summary>Texts that may hold anything, and why that does no harm.</summary>
    private static readonly Dictionary<string, string> Free = new(StringComparer.Ordinal)
    {
        ["Image.Description"] = "shown by kubectl only, never used",
        ["ImageCapture.Description"] = "becomes the Image's description",
        ["Provisioner.Configuration.Check"] = "a program for the shell by design; whoever writes Provisioners runs commands on their hosts",
        ["Provisioner.Configuration.Activate"] = "the same",
        ["Provisioner.Configuration.Verify"] = "the same",
    };

    [Fact]
    public void Each_text_has_a_pattern_that_refuses_injections_or_a_reason_why_not()
    {
        List<string> open = [];
        foreach (var (name, property) in new[] { typeof(NodeSpec), typeof(ImageSpec), typeof(ImageCaptureSpec), typeof(ProvisionerSpec) }.SelectMany(type => Texts(type, type.Name.Replace("Spec", "", StringComparison.Ordinal), [])))
        {
            if (Free.ContainsKey(name) || name.StartsWith("Provisioner.Configuration.Commands.", StringComparison.Ordinal))
                continue;
            var accepted = Attempts.Where(attempt => Accepts(property, attempt)).ToList();
            if (accepted.Count > 0)
                open.Add($"{name} takes {string.Join(" and ", accepted.Take(3).Select(text => $"'{text.Replace("\n", "\\n", StringComparison.Ordinal)}'"))}");
        }

        Assert.Equal([], open);
    }

    private static bool Accepts(PropertyInfo property, string value)
    {
        var pattern = PatternOf(property);
        var longest = property.GetCustomAttribute<StringLengthAttribute>()?.MaximumLength ?? int.MaxValue;

        // The API server's expressions (RE2) have no $ before a last line end; "\z" says the same here.
        return value.Length <= longest && (pattern is null || Regex.IsMatch(value, pattern.EndsWith('$') ? pattern[..^1] + "\\z" : pattern, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)));
    }

    /// <summary>Of a text itself, or of the items of a list.</summary>
    private static string? PatternOf(PropertyInfo property) =>
        property.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern
        ?? property.GetCustomAttributes().Select(attribute => attribute.GetType().GetProperties().FirstOrDefault(item => item.Name.Contains("Pattern", StringComparison.Ordinal) && item.PropertyType == typeof(string))?.GetValue(attribute) as string).FirstOrDefault(text => text is not null);

    private static IEnumerable<(string Name, PropertyInfo Property)> Texts(Type type, string path, HashSet<Type> above)
    {
        if (!above.Add(type))
            yield break;
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
        {
            var item = property.PropertyType.IsGenericType && !property.PropertyType.IsValueType ? property.PropertyType.GetGenericArguments()[0] : property.PropertyType;
            if (item == typeof(string))
                yield return ($"{path}.{property.Name}", property);
            else if (item.Namespace?.StartsWith("Provisioning.Api", StringComparison.Ordinal) == true && item.IsClass)
                foreach (var inner in Texts(item, $"{path}.{property.Name}", [.. above]))
                    yield return inner;
        }
    }
}
